"""Remedies in messages: whatever a message proposes removes its issue, as a reader applies it to the file or the command."""

import re
import shlex

import pytest
from corpus_cases import Case, cases, contents, good_with, in_process, lay
from test_bad_inputs import GOOD, TABLE

import simulator
from simulator.cli.commands.compare import unused_in_all
from simulator.core.errors import InvalidInputError, Issue, Place
from simulator.core.suggestions import InvalidValueError, Remedy, as_percentages, did_you_mean, percentages, renamed, swap
from simulator.scenario.layers import Layer, validate
from simulator.scenario.remedies import MOST_TRIALS, MOST_WORK, Outcome, Trials
from simulator.scenario.text import parse

RENTED = (
    "extends: training-run\nchip: nvidia-h100-sxm\nbasis: rented\ntotal_parameters: 70e9\ntraining_tokens: 15e12\nchips: 4096\n"
)
QUOTED = RENTED + "rental_price: 1.7 to 3.2\n"


@pytest.fixture
def said(tmp_path, monkeypatch):
    """Return what `llmcost check` says of a file with options, as one line an issue."""
    monkeypatch.chdir(tmp_path)

    def run(text, options=""):
        (tmp_path / "s.yaml").write_text(text)
        done = in_process(f"check s.yaml {options}")
        assert done.code == 2, done.out
        return done.err.replace("llmcost: ", "").splitlines()

    return run


CASES = [
    # what is said of                file, options, the message whole
    ("own hardware on rent", QUOTED, "--set chip_price=90000",
     "--set chip_price:1:1: chip_price: acts on nothing here: it would with `basis: owned`"),
    ("two choices at once", QUOTED, "--set 'useful_life=3 year'",
     "--set useful_life:1:1: useful_life: acts on nothing here: it would with `basis: owned` and "
     "`depreciation: straight-line`"),
    ("a choice that a price shadows", QUOTED, "--set spot_discount=40%",
     "--set spot_discount:1:1: spot_discount: acts on nothing here: it would with `commitment: spot` and "
     "`without: [rental_price]`"),
    ("a price of another basis", QUOTED, "--basis owned --set rental_price=3",
     "--set rental_price:1:1: rental_price: acts on nothing here: it would with `basis: rented`"),
    ("computed where its own formula is shadowed", RENTED, "--set hfu=40%",
     "--set hfu:1:1: hfu: acts on nothing here: mfu is given and shadows it (`without: [mfu]` computes it instead)"),
    ("shadowed in the file itself", RENTED + "final_run_chip_hours: 5e6\nmfu: 0.4\noutcomes: []\n", "",
     "s.yaml:8:1: mfu: acts on nothing here: final_run_chip_hours is given and shadows it (leave it out in line 7 to "
     "compute it)"),
    ("another way to give the hours", "extends: training-run\nchip: nvidia-h800-sxm\nbasis: rented\nrental_price: 2\n"
     "chips: 512\nrun_duration: 3 week\n", "",
     "s.yaml: total_parameters: is needed for active_parameters; give it (in parameter); run_duration is given: it would with "
     "`chip_hours_from: cluster`"),
    ("a share above one", RENTED + "goodput: 0.9 to 1.2\n", "",
     "s.yaml:7:1: goodput: '0.9 to 1.2' lies outside what is possible here (0 to 1): it cannot be above 1"),
    ("a share just above one", RENTED + "goodput: 1.2\n", "",
     "s.yaml:7:1: goodput: '1.2' lies outside what is possible here (0 to 1): it cannot be above 1"),
    ("a percentage that would not be plausible", RENTED + "goodput: 3\n", "",
     "s.yaml:7:1: goodput: '3' lies outside what is possible here (0 to 1): it cannot be above 1"),
    ("percentages", RENTED + "goodput: 85 to 95\n", "",
     "s.yaml:7:1: goodput: '85 to 95' lies outside what is possible here (0 to 1): it cannot be above 1; 85 to 95 looks like a "
     "percentage: write 85% to 95%"),
    ("a chip without rent", RENTED.replace("h100", "b300"), "",
     "s.yaml:2:1: chip: the library has no rent of nvidia-b300-sxm, needed for rental_price; give rental_price (in "
     "USD/chip/hour), or take quotes: `llmcost prior from-quotes`"),
    ("a chip without a price", RENTED.replace("nvidia-h100-sxm", "huawei-ascend-910b"), "--basis owned",
     "s.yaml:2:1: chip: the library has no price of huawei-ascend-910b, needed for server_price; give chip_price (in "
     "USD/chip), or take quotes: `llmcost prior from-quotes`"),
    ("a chip without a precision", RENTED.replace("nvidia-h100-sxm", "google-tpu-v4") + "precision: fp8\n", "",
     "s.yaml:2:1: chip: the library has no peak_flop_fp8 of google-tpu-v4, needed for peak_flop; give peak_flop_fp8 (in "
     "FLOP/chip/hour); or choose `precision: bf16`"),
    ("a chip by its family", RENTED.replace("nvidia-h100-sxm", "H100"), "",
     "s.yaml:2:1: chip: no chip 'H100'; did you mean 'nvidia-h100-sxm', 'nvidia-h100-pcie' or 'nvidia-h100-nvl'?"),
    ("a chip by another name", RENTED.replace("nvidia-h100-sxm", "A100-80GB"), "",
     "s.yaml:2:1: chip: no chip 'A100-80GB'; did you mean 'nvidia-a100-sxm4-80gb' or 'nvidia-a100-pcie-80gb'?"),
    ("a chip unlike any", RENTED.replace("nvidia-h100-sxm", "zzz"), "",
     "s.yaml:2:1: chip: no chip 'zzz'; `llmcost list chips` shows them"),
    ("a name that is given too", RENTED + "utilsation: 0.4\nmfu: 0.41\n", "",
     "s.yaml:7:1: utilsation: there is no such quantity or setting; did you mean 'mfu'? It is given too in line 8, so leave "
     "this out"),
    ("a name and its value", RENTED + "utilsation: 40\n", "",
     "s.yaml:7:1: utilsation: there is no such quantity or setting; did you mean 'mfu'? And 40 looks like a percentage: write "
     "40% or 0.4"),
    ("a fraction that bounds would leave without a mean", RENTED + "mfu: {normal: {mean: 0.4, sd: 0.5}}\n", "",
     "s.yaml:7:1: mfu: 32.7% of it lies outside what is possible here (0 to 1); use a distribution that stays inside"),
    ("a price that bounds hold", RENTED + "rental_price: {normal: {mean: 2, sd: 0.9}}\n", "",
     "s.yaml:7:1: rental_price: 1.3% of it lies outside what is possible here (0 or more); use a distribution that "
     "stays inside, or add "
     "`truncate: {low: 0}`"),
    ("a price of zero", RENTED + "rental_price: {lognormal: {p5: 0, p95: 3}}\n", "",
     "s.yaml:7:1: rental_price: must be above 0 for a lognormal, not 0; a probability of 0 itself is a mixture"),
    ("a lever's misspelt option", RENTED + "commitment: spott\n", "",
     "s.yaml:7:1: commitment: 'spott' is not among 'on-demand', 'one-year', 'three-year' or 'spot'; did you mean 'spot'?"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "options", "message"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_message_proposes_what_works_or_says_what_is_wrong(text, options, message, said):
    assert message in said(text, options)


def test_what_is_set_for_one_basis_is_no_mistake_where_all_are_compared(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "s.yaml").write_text(QUOTED)
    done = in_process("compare s.yaml --rent-or-buy --set rental_price=3 --draws 2000 --format json")
    assert done.code == 0, done.err
    assert '"rental_price": {' in done.out
    done = in_process("compare s.yaml --rent-or-buy --set spot_discount=40% --draws 2000")
    assert done.code == 2
    assert "spot_discount: acts on nothing here: it would with `commitment: spot`" in done.err
    made = simulator.read("s.yaml", sets=["chip_price=9e4"], allow_unused=True)
    assert made.unused == ("chip_price",)
    assert unused_in_all([made, None]) == {"chip_price"}


def test_notes_propose_what_works_too(tmp_path):
    (tmp_path / "s.yaml").write_text(QUOTED + "useful_life: 4 year\n")
    made = simulator.read(str(tmp_path / "s.yaml"))
    assert (
        "useful_life is given and acts on nothing here: it would with `basis: owned` and `depreciation: straight-line`"
        in made.notes
    )


# --- every row of the corpus ------------------------------------------------------------------------------------------------

_PLACE = re.compile(r"llmcost: (?P<file>[^:]+?)(?::(?P<line>\d+):\d+)?: (?:(?P<key>[^:]+): )?(?P<message>.*)")
_SETTING = re.compile(r"`(\w+): ([^`{]+)`")


def proposals(line):
    """Return what a message proposes, each as a change of (line of the file or the option, all of the file, the command)."""
    found = _PLACE.match(line)
    if not found:
        return
    key, message = (found["key"] or "").rpartition(".")[2], found["message"]
    # `acts on nothing here: it would` stands behind the key, which the pattern takes up to its last colon.
    words = re.findall(r"'([^']+)'", message.partition("did you mean")[0])
    meant = re.search(r"did you mean (.*?)\?", message)
    if "so leave this out" in message:
        yield "leave out", int(found["line"])
    elif meant:
        for name in re.findall(r"'([^']+)'", meant[1]):
            yield "swap", (*words, key, name)
    if written := re.search(r"write (\S+) for (.+?)$", message):
        yield "swap", (written[2], written[1])
    if percent := re.search(r"write (\S+%(?: to \S+%)?)", message):
        yield "percent", percent[1]
    if settings := _SETTING.findall(re.split("would with|choose|computes it", message)[-1] if "`" in message else ""):
        yield "settings", settings
    if without := re.search(r"\(`(without): (\[.*?\])` computes", message):
        yield "settings", [without.groups()]
    if out := re.search(r"leave it out in line (\d+)", message):
        yield "leave out", int(out[1])
    if cut := re.search(r"or add `(truncate: .*)`", message):
        yield "inside", cut[1]
    if "write `quantiles` in place of the family" in message:
        yield "swap", ("gamma", "beta", "pert", "uniform", "loguniform", "triangular", "student_t", "quantiles")
    if "; use normal" in message:
        yield "swap", ("lognormal", "normal")


def applied(how, what, text, command, line):
    """Return the file and the command with a proposal applied where the issue stands."""
    lines = text.splitlines()
    if how == "leave out":
        return "\n".join(lines[: what - 1] + lines[what:]) + "\n", command
    if how == "settings" and line is None and "--set" in command:
        return text, command + "".join(f" --set {shlex.quote(f'{key}={value}')}" for key, value in what)
    if how == "settings":
        kept = [each for each in lines if each.partition(":")[0] not in dict(what)]
        return "\n".join(kept + [f"{key}: {value}" for key, value in what]) + "\n", command

    def changed(part):
        if how == "swap":
            *words, name = what
            for word in filter(None, words):
                new = re.sub(rf"(?<![\w.-]){re.escape(word)}(?![\w.-])", name, part, count=1)
                if new != part:
                    return new
            return part
        if how == "percent":
            return re.sub(r"(?<![\w.])(\d+(?:\.\d+)?)(?![\w.%])", lambda n: n[0] + "%" if float(n[0]) > 1 else n[0], part)
        return re.sub(r"\}\s*$", f", {what}}}", part)

    if line is None:
        return text, changed(command)
    # An issue of a list or a section stands at its key, and the word may be in a line below.
    at = next((n for n in range(line - 1, len(lines)) if changed(lines[n]) != lines[n]), line - 1)
    return "\n".join([*lines[:at], changed(lines[at]), *lines[at + 1 :]]) + "\n", command


REFUSED = [
    case
    for case in cases()
    if case.expect == "R" and not case.waiting and not case.shell and not case.first and case.run.split()[0] in ("run", "check")
]

REFUSED += [
    Case(f"bad-{number}", name, "R", 1, file=GOOD + text[1:] if text.startswith("+") else text, run="check s.yaml")
    for number, (name, text, *_) in enumerate(TABLE)
    if len(text) < 10_000
]


def test_what_messages_of_the_corpus_propose_removes_their_issues(tmp_path, monkeypatch):
    tried, kinds = 0, set()
    for case in REFUSED:
        folder = tmp_path / case.id
        folder.mkdir()
        monkeypatch.chdir(folder)
        lay(case, folder)
        done = in_process(case.run, case.stdin)
        path = folder / "s.yaml"
        text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
        for told in done.err.splitlines():
            found = _PLACE.match(told)
            for how, what in proposals(told) if found else ():
                if found["file"] not in ("s.yaml", "s.yaml ") and not found["file"].startswith("--"):
                    continue
                at = int(found["line"]) if found["line"] and found["file"] == "s.yaml" else None
                new, command = text, case.run
                for change in proposals(told) if "? And " in told else [(how, what)]:
                    new, command = applied(*change, new, command, at)
                assert (new, command) != (text, case.run), (case.id, told, how, what)
                if text:
                    path.write_text(new, encoding="utf-8")
                again = in_process(command, case.stdin)
                assert told not in again.err.splitlines(), (case.id, told, how, what)
                assert f"{found['key']}: {found['message'][:20]}" not in again.err, (case.id, told, again.err)
                tried, kinds = tried + 1, kinds | {how}
                if text:
                    path.write_text(text, encoding="utf-8")
    assert tried > 50
    assert kinds >= {"swap", "percent", "settings"}


# --- the mechanism ----------------------------------------------------------------------------------------------------------


def trial(text, issue, outcome, left=MOST_TRIALS):
    """Complete an issue on a file of one layer, with an assembly that `outcome` decides; return the message and the trials."""
    layer = Layer(parse(text, "s.yaml"), own=True)
    validate([layer])
    seen = []

    def assemble(layers):
        seen.append(layers[-1].node.plain())
        return outcome(layers[-1].node.plain())

    before = Outcome((issue,), is_planned=False)
    made = Trials(assemble, left).completed([issue], [layer], before)[0]
    return made.message, seen


A = Place("s.yaml", 1, 1)


def test_the_first_remedies_that_work_are_listed_and_no_others():
    issue = Issue(A, "mfuu", "no such", lambda: renamed("mfuu", ["bad", "mfu", "hfu", "pue"]), listed=2)
    not_finite = Outcome((Issue(A, "bad", "is wrong"),))
    said, seen = trial("mfuu: 1\n", issue, lambda plain: not_finite if "bad" in plain else Outcome(()))
    assert said == "no such; did you mean 'mfu' or 'hfu'?"
    assert seen == [{"bad": "1"}, {"mfu": "1"}, {"hfu": "1"}]


def test_nothing_is_proposed_where_nothing_works():
    issue = Issue(A, "mfuu", "no such", lambda: renamed("mfuu", ["mfu"]), "; see the list")
    same = Outcome((Issue(A, "mfuu", "no such"),))
    assert trial("mfuu: 1\n", issue, lambda _: same)[0] == "no such; see the list"
    new = Outcome((Issue(Place("s.yaml", 9, 1), "other", "is new"),), is_planned=False)
    assert trial("mfuu: 1\n", issue, lambda _: new)[0] == "no such; see the list"


def test_an_issue_that_could_not_be_seen_before_is_not_held_against_a_remedy():
    issue = Issue(A, "mfuu", "no such", lambda: renamed("mfuu", ["mfu"]))
    later = Outcome((Issue(Place("s.yaml", 9, 1), "chips", "too few"),), is_planned=True)
    assert trial("mfuu: 1\n", issue, lambda _: later)[0] == "no such; did you mean 'mfu'?"
    own = Outcome((Issue(Place("s.yaml", 9, 1), "mfu", "acts on nothing"),), is_planned=True)
    assert trial("mfuu: 1\n", issue, lambda _: own)[0] == "no such"


def test_two_remedies_are_tried_together_where_one_is_not_enough():
    issue = Issue(A, "mfuu", "no such", lambda: renamed("mfuu", ["mfu"]))
    rest = Issue(A, "mfu", "too large", lambda: percentages(40, 40))
    outcomes = {"40": Outcome((rest,), is_planned=False), "40%": Outcome(())}
    said, seen = trial("mfuu: 40\n", issue, lambda plain: outcomes[plain["mfu"]])
    assert said == "no such; did you mean 'mfu'? And 40 looks like a percentage: write 40% or 0.4"
    assert len(seen) == 2


def test_a_reading_that_is_hardly_meant_is_not_proposed():
    issue = Issue(A, "mfu", "too large", lambda: percentages(3, 3))
    warned = Outcome((), warnings=(f"{A}: mfu: is below the plausible",))
    assert trial("mfu: 3\n", issue, lambda _: warned)[0] == "too large"


def test_trials_are_bounded():
    issue = Issue(A, "a", "no", lambda: [Remedy(f" {n}", edit=swap("1", str(n))) for n in range(2, 100)])
    same = Outcome((Issue(A, "a", "no"),))
    assert len(trial("a: 1\n", issue, lambda _: same)[1]) == 6
    assert trial("a: 1\n", issue, lambda _: same, left=2) == ("no", [{"a": "2"}, {"a": "3"}])
    long = Layer(parse("".join(f"k{n}: 1\n" for n in range(MOST_WORK)), "s.yaml"), own=True)
    assert Trials.of(lambda _: same, [long]).left < 2


def test_a_remedy_of_settings_stands_in_the_file_or_beside_options():
    remedy = Remedy(": it would with `basis: owned`", settings=(("basis", "owned"), ("without", "mfu")))
    issue = Issue(A, "a", "idle", lambda: [remedy])
    said, seen = trial("a: 1\nbasis: rented\nwithout: [pue]\n", issue, lambda _: Outcome(()))
    assert said == "idle: it would with `basis: owned`"
    assert seen == [{"a": "1", "basis": "owned", "without": ["pue", "mfu"]}]
    option = Issue(Place("--set a", 1, 1), "a", "idle", lambda: [remedy])
    assert trial("b: 1\n", option, lambda _: Outcome(()))[1] == [{"basis": "owned", "without": ["mfu"]}]


def test_percentages_are_read_where_no_number_is_a_fraction():
    assert as_percentages("35 to 45") == "35% to 45%"
    assert as_percentages("0.5") == "0.5"
    assert as_percentages("p50") == "p50"
    assert as_percentages("40%") == "40%"
    assert [bool(percentages(*ends)) for ends in ((40, 40), (0.9, 1.2), (1.2, 1.2), (2, 2), (40, 400))] == [
        True, False, False, True, False,
    ]  # fmt: skip


def test_names_in_words():
    assert did_you_mean([]) == ""
    assert did_you_mean(["a", "b", "c"]) == "; did you mean 'a', 'b' or 'c'?"
    assert str(InvalidValueError("is wrong", *renamed("x", ["a", "b"]))) == "is wrong; did you mean 'a'?"
    assert swap("GPU", "chip")("USD/GPU/hour") == "USD/chip/hour"
    assert swap("mfu", "hfu")("mfu_x mfu") == "mfu_x hfu"


def test_the_good_scenario_of_the_corpus_is_good(tmp_path):
    (tmp_path / "s.yaml").write_text(good_with(""))
    assert simulator.read(str(tmp_path / "s.yaml")).notes is not None
    assert contents(tmp_path)
    (tmp_path / "s.yaml").write_text(good_with("mfuu: 1"))
    with pytest.raises(InvalidInputError):
        simulator.read(str(tmp_path / "s.yaml"))

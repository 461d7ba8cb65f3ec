"""Remedies in messages: every proposal of a message resolves its issue when it is applied to the file or the command."""

import re
import shlex

import pytest
from corpus_cases import Case, contents, good_with, in_process, load_cases, write_files
from test_bad_inputs import GOOD, TABLE

from simulator.analysis.rent_or_buy import unused_in_all
from simulator.core.errors import InvalidInputError, Issue, Place
from simulator.core.suggestions import (
    InvalidValueError,
    Remedy,
    add_percent_signs,
    did_you_mean,
    percentage_remedies,
    rename_remedies,
    swap,
)
from simulator.scenario import read
from simulator.scenario.layers import Layer, validate
from simulator.scenario.remedies import MOST_TRIALS, MOST_WORK, AssemblyReport, Trials
from simulator.scenario.text import parse

RENTED = (
    "extends: training-run\nchip: nvidia-h100-sxm\nbasis: rented\ntotal_parameters: 70e9\ntraining_tokens: 15e12\nchips: 4096\n"
)
QUOTED = RENTED + "rental_price: 1.7 to 3.2\n"


@pytest.fixture
def check_messages(tmp_path, monkeypatch):
    """Return the messages of `llmcost check` for a file with options, one line per issue."""
    monkeypatch.chdir(tmp_path)

    def run(text, options=""):
        (tmp_path / "s.yaml").write_text(text)
        done = in_process(f"check s.yaml {options}")
        assert done.code == 2, done.out
        return done.err.replace("llmcost: ", "").splitlines()

    return run


CASES = [
    # name                           file, options, whole message
    ("own hardware on rent", QUOTED, "--set chip_price=90000",
     "--set chip_price:1:1: chip_price: has no effect here: it would with `basis: owned`"),
    ("two choices at once", QUOTED, "--set 'useful_life=3 year'",
     "--set useful_life:1:1: useful_life: has no effect here: it would with `basis: owned` and "
     "`depreciation: straight-line`"),
    ("a choice that a price shadows", QUOTED, "--set three_year_discount=40%",
     "--set three_year_discount:1:1: three_year_discount: has no effect here: it would with `commitment: three-year` and "
     "`without: [rental_price]`"),
    ("a price of another basis", QUOTED, "--basis owned --set rental_price=3",
     "--set rental_price:1:1: rental_price: has no effect here: it would with `basis: rented`"),
    ("computed where its own formula is shadowed", RENTED, "--set hfu=40%",
     "--set hfu:1:1: hfu: has no effect here: mfu is given and shadows it (`without: [mfu]` computes it instead)"),
    ("shadowed in the file itself", RENTED + "final_run_chip_hours: 5e6 chip*hour\nmfu: 0.4\noutcomes: []\n", "",
     "s.yaml:8:1: mfu: has no effect here: final_run_chip_hours is given and shadows it (remove it in line 7 to "
     "compute it)"),
    ("another way to give the hours", "extends: training-run\nchip: nvidia-h800-sxm\nbasis: rented\nrental_price: 2\n"
     "chips: 512\nrun_duration: 3 week\n", "",
     "s.yaml: total_parameters: is needed for active_parameters; give it (in parameter); run_duration acts on nothing here: it "
     "would with `chip_hours_from: cluster`"),
    ("a share above one", RENTED + "goodput: 0.9 to 1.2\n", "",
     "s.yaml:7:1: goodput: '0.9 to 1.2' lies outside what is possible here (0 to 1): it cannot be above 1"),
    ("a share just above one", RENTED + "goodput: 1.2\n", "",
     "s.yaml:7:1: goodput: '1.2' lies outside what is possible here (0 to 1): it cannot be above 1"),
    ("a percentage that would not be plausible", RENTED + "goodput: 3\n", "",
     "s.yaml:7:1: goodput: '3' lies outside what is possible here (0 to 1): it cannot be above 1"),
    ("percentages", RENTED + "goodput: 85 to 95\n", "",
     "s.yaml:7:1: goodput: '85 to 95' lies outside what is possible here (0 to 1): it cannot be above 1; 85 to 95 looks like a "
     "percentage: write 85% to 95%"),
    ("a chip without rent", RENTED.replace("h100-sxm", "vr200"), "",
     "s.yaml:2:1: chip: the library has no rent of nvidia-vr200, needed for rental_price; give rental_price (in "
     "USD/chip/hour), or take quotes: `llmcost prior from-quotes` or `priors_from_quotes(...)`"),
    ("a chip without a price", RENTED.replace("nvidia-h100-sxm", "huawei-ascend-910b"), "--basis owned",
     "s.yaml:2:1: chip: the library has no price of huawei-ascend-910b, needed for server_price; give chip_price (in "
     "USD/chip), or take quotes: `llmcost prior from-quotes` or `priors_from_quotes(...)`"),
    ("a chip without a precision", RENTED.replace("nvidia-h100-sxm", "google-tpu-v4") + "precision: fp8\n", "",
     "s.yaml:2:1: chip: the library has no peak_flop_fp8 of google-tpu-v4, needed for precision fp8; give peak_flop_fp8 (in "
     "FLOP/chip/hour); or choose `precision: bf16`"),
    ("a chip by its family", RENTED.replace("nvidia-h100-sxm", "H100"), "",
     "s.yaml:2:1: chip: no chip 'H100'; did you mean 'nvidia-h100-sxm', 'nvidia-h100-pcie' or 'nvidia-h100-nvl'?"),
    ("a chip by another name", RENTED.replace("nvidia-h100-sxm", "A100-80GB"), "",
     "s.yaml:2:1: chip: no chip 'A100-80GB'; did you mean 'nvidia-a100-sxm4-80gb' or 'nvidia-a100-pcie-80gb'?"),
    ("a chip unlike any", RENTED.replace("nvidia-h100-sxm", "zzz"), "",
     "s.yaml:2:1: chip: no chip 'zzz'; `llmcost list chips` or `list_chips()` shows them"),
    ("a name that is given too", RENTED + "utilsation: 0.4\nmfu: 0.41\n", "",
     "s.yaml:7:1: utilsation: there is no such quantity or setting; did you mean 'mfu'? It is given too in line 8, so remove "
     "this one"),
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
     "s.yaml:7:1: rental_price: must be above 0 for a lognormal, not 0; use a mixture for a probability of 0 itself"),
    ("a lever's misspelt option", RENTED + "commitment: spott\n", "",
     "s.yaml:7:1: commitment: 'spott' is not one of 'on-demand', 'one-year', 'three-year', 'spot', 'capacity-block' "
     "or 'mixed'; did you mean 'spot'?"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "options", "message"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_message_proposes_what_works_or_says_what_is_wrong(text, options, message, check_messages):
    assert message in check_messages(text, options)


def test_what_is_set_for_one_basis_is_no_mistake_where_all_are_compared(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "s.yaml").write_text(QUOTED)
    done = in_process("compare s.yaml --rent-or-buy --set rental_price=3 --draws 2000 --format json")
    assert done.code == 0, done.err
    assert '"rental_price": {' in done.out
    done = in_process("compare s.yaml --rent-or-buy --set spot_discount=40% --draws 2000")
    assert done.code == 2
    assert "spot_discount: has no effect here: no line or outcome of this scenario uses it" in done.err
    scenario = read("s.yaml", sets=["chip_price=9e4"], allow_unused=True)
    assert scenario.unused_options == ("chip_price",)
    assert unused_in_all([scenario]) == {"chip_price"}


def test_notes_propose_what_works_too(tmp_path):
    (tmp_path / "s.yaml").write_text(QUOTED + "useful_life: 4 year\n")
    scenario = read(str(tmp_path / "s.yaml"))
    assert "useful_life is given but has no effect here: it would with `basis: owned` and `depreciation: straight-line`" in [
        note.text for note in scenario.notes
    ]


# --- every row of the corpus ------------------------------------------------------------------------------------------------

_PLACE = re.compile(r"llmcost: (?P<file>[^:]+?)(?::(?P<line>\d+):\d+)?: (?:(?P<key>[^:]+): )?(?P<message>.*)")
_SETTING = re.compile(r"`(\w+): ([^`{]+)`(?! is )")  # `money: 2026 EUR` is explained, not proposed


def proposals(line):
    """Return what a message proposes, each as a change of (line of the file or the option, all of the file, the command)."""
    match = _PLACE.match(line)
    if not match:
        return
    key, message = (match["key"] or "").rpartition(".")[2], match["message"]
    # `has no effect here: it would` stands behind the key, which the pattern takes up to its last colon.
    words = re.findall(r"'([^']+)'", message.partition("did you mean")[0])
    suggestion = re.search(r"did you mean (.*?)\?", message)
    if "so remove this one" in message:
        yield "leave out", int(match["line"])
    elif suggestion:
        for name in re.findall(r"'([^']+)'", suggestion[1]):
            yield "swap", (*words, key, name)
    if replacement := re.search(r"write (\S+) for (.+?)$", message):
        yield "swap", (replacement[2], replacement[1])
    if bare := re.search(r"(\S+) needs a unit: (.+)$", message):
        for quantity in re.split(", | or ", bare[2]):
            yield "swap", (bare[1], quantity)
    if percent := re.search(r"write (\S+%(?: to \S+%)?)", message):
        yield "percent", percent[1]
    if settings := _SETTING.findall(re.split("would with|choose|computes it", message)[-1] if "`" in message else ""):
        yield "settings", settings
    if without := re.search(r"\(`(without): (\[.*?\])` computes", message):
        yield "settings", [without.groups()]
    if out := re.search(r"remove it in line (\d+)", message):
        yield "leave out", int(out[1])
    if truncation := re.search(r"or add `(truncate: .*)`", message):
        yield "inside", truncation[1]
    if "write `quantiles` in place of the family" in message:
        yield "swap", ("gamma", "beta", "pert", "uniform", "loguniform", "triangular", "student_t", "quantiles")
    if "; use normal" in message:
        yield "swap", ("lognormal", "normal")


def apply_proposal(kind, change, text, command, line):
    """Return the file and the command with a proposal applied where the issue stands."""
    lines = text.splitlines()
    if kind == "leave out":
        return "\n".join(lines[: change - 1] + lines[change:]) + "\n", command
    if kind == "settings" and line is None and "--set" in command:
        return text, command + "".join(f" --set {shlex.quote(f'{key}={value}')}" for key, value in change)
    if kind == "settings":
        other_lines = [line_of_file for line_of_file in lines if line_of_file.partition(":")[0] not in dict(change)]
        return "\n".join(other_lines + [f"{key}: {value}" for key, value in change]) + "\n", command

    def rewrite(part):
        if kind == "swap":
            *words, name = change
            for word in filter(None, words):
                new_part = re.sub(rf"(?<![\w.-]){re.escape(word)}(?![\w.-])", name, part, count=1)
                if new_part != part:
                    return new_part
            return part
        if kind == "percent":
            return re.sub(r"(?<![\w.])(\d+(?:\.\d+)?)(?![\w.%])", lambda n: n[0] + "%" if float(n[0]) > 1 else n[0], part)
        return re.sub(r"\}\s*$", f", {change}}}", part)

    if line is None:
        return text, shlex.join(rewrite(each) for each in shlex.split(command))
    # An issue of a list or a section stands at its key, and the word may be in a line below.
    at = next((n for n in range(line - 1, len(lines)) if rewrite(lines[n]) != lines[n]), line - 1)
    return "\n".join([*lines[:at], rewrite(lines[at]), *lines[at + 1 :]]) + "\n", command


REFUSED = [
    case
    for case in load_cases()
    if case.expect == "R" and not case.waiting and not case.shell and not case.first and case.run.split()[0] in ("run", "check")
]

REFUSED += [
    Case("remedies", f"bad-{number}", name, "R", 1, file=GOOD + text[1:] if text.startswith("+") else text, run="check s.yaml")
    for number, (name, text, *_) in enumerate(TABLE)
    if len(text) < 10_000
]


def test_what_messages_of_the_corpus_propose_removes_their_issues(tmp_path, monkeypatch):
    proposals_tried, kinds = 0, set()
    for case in REFUSED:
        folder = tmp_path / case.id
        folder.mkdir()
        monkeypatch.chdir(folder)
        write_files(case, folder)
        done = in_process(case.run, case.stdin)
        path = folder / "s.yaml"
        text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
        for message in done.err.splitlines():
            match = _PLACE.match(message)
            for kind, change in proposals(message) if match else ():
                if match["file"] not in ("s.yaml", "s.yaml ") and not match["file"].startswith("--"):
                    continue
                at = int(match["line"]) if match["line"] and match["file"] == "s.yaml" else None
                new_text, command = text, case.run
                for proposal in proposals(message) if "? And " in message else [(kind, change)]:
                    new_text, command = apply_proposal(*proposal, new_text, command, at)
                assert (new_text, command) != (text, case.run), (case.id, message, kind, change)
                if text:
                    path.write_text(new_text, encoding="utf-8")
                again = in_process(command, case.stdin)
                assert message not in again.err.splitlines(), (case.id, message, kind, change)
                assert f"{match['key']}: {match['message'][:20]}" not in again.err, (case.id, message, again.err)
                proposals_tried, kinds = proposals_tried + 1, kinds | {kind}
                if text:
                    path.write_text(text, encoding="utf-8")
    assert proposals_tried > 50
    assert kinds >= {"swap", "percent", "settings"}


# --- the mechanism ----------------------------------------------------------------------------------------------------------


def trial(text, issue, outcome, remaining=MOST_TRIALS):
    """Complete an issue on a file of one layer, with an assembly that `outcome` decides; return the message and the trials."""
    layer = Layer(parse(text, "s.yaml"), own=True)
    validate([layer])
    trials = []

    def assemble(layers):
        trials.append(layers[-1].node.plain())
        return outcome(layers[-1].node.plain())

    before = AssemblyReport((issue,), is_planned=False)
    completed = Trials(assemble, remaining).complete([issue], [layer], before)[0]
    return completed.message, trials


A = Place("s.yaml", 1, 1)


def test_the_first_remedies_that_work_are_listed_and_no_others():
    issue = Issue(A, "mfuu", "no such", lambda: rename_remedies("mfuu", ["bad", "mfu", "hfu", "pue"]), max_names=2)
    invalid_keys = AssemblyReport((Issue(A, "bad", "is wrong"),))
    message, trials = trial("mfuu: 1\n", issue, lambda plain: invalid_keys if "bad" in plain else AssemblyReport(()))
    assert message == "no such; did you mean 'mfu' or 'hfu'?"
    assert trials == [{"bad": "1"}, {"mfu": "1"}, {"hfu": "1"}]


def test_nothing_is_proposed_where_nothing_works():
    issue = Issue(A, "mfuu", "no such", lambda: rename_remedies("mfuu", ["mfu"]), "; see the list")
    unresolved = AssemblyReport((Issue(A, "mfuu", "no such"),))
    assert trial("mfuu: 1\n", issue, lambda _: unresolved)[0] == "no such; see the list"
    new_issue = AssemblyReport((Issue(Place("s.yaml", 9, 1), "other", "is new"),), is_planned=False)
    assert trial("mfuu: 1\n", issue, lambda _: new_issue)[0] == "no such; see the list"


def test_an_issue_that_was_not_checked_before_does_not_count_against_a_remedy():
    issue = Issue(A, "mfuu", "no such", lambda: rename_remedies("mfuu", ["mfu"]))
    later = AssemblyReport((Issue(Place("s.yaml", 9, 1), "chips", "too few"),), is_planned=True)
    assert trial("mfuu: 1\n", issue, lambda _: later)[0] == "no such; did you mean 'mfu'?"
    caused = AssemblyReport((Issue(Place("s.yaml", 9, 1), "mfu", "acts on nothing"),), is_planned=True)
    assert trial("mfuu: 1\n", issue, lambda _: caused)[0] == "no such"


def test_two_remedies_are_tried_together_where_one_is_not_enough():
    issue = Issue(A, "mfuu", "no such", lambda: rename_remedies("mfuu", ["mfu"]))
    second_issue = Issue(A, "mfu", "too large", lambda: percentage_remedies(40, 40))
    outcomes = {"40": AssemblyReport((second_issue,), is_planned=False), "40%": AssemblyReport(())}
    message, trials = trial("mfuu: 40\n", issue, lambda plain: outcomes[plain["mfu"]])
    assert message == "no such; did you mean 'mfu'? And 40 looks like a percentage: write 40% or 0.4"
    assert len(trials) == 2


def test_an_implausible_reading_is_not_proposed():
    issue = Issue(A, "mfu", "too large", lambda: percentage_remedies(3, 3))
    warned = AssemblyReport((), warnings=(f"{A}: mfu: is below the plausible",))
    assert trial("mfu: 3\n", issue, lambda _: warned)[0] == "too large"


def test_trials_are_bounded():
    issue = Issue(A, "a", "no", lambda: [Remedy(f" {n}", edit=swap("1", str(n))) for n in range(2, 100)])
    unresolved = AssemblyReport((Issue(A, "a", "no"),))
    assert len(trial("a: 1\n", issue, lambda _: unresolved)[1]) == 6
    assert trial("a: 1\n", issue, lambda _: unresolved, remaining=2) == ("no", [{"a": "2"}, {"a": "3"}])
    long = Layer(parse("".join(f"k{n}: 1\n" for n in range(MOST_WORK)), "s.yaml"), own=True)
    assert Trials.of(lambda _: unresolved, [long]).remaining < 2


def test_a_remedy_of_settings_stands_in_the_file_or_beside_options():
    remedy = Remedy(": it would with `basis: owned`", settings=(("basis", "owned"), ("without", "mfu")))
    issue = Issue(A, "a", "idle", lambda: [remedy])
    message, trials = trial("a: 1\nbasis: rented\nwithout: [pue]\n", issue, lambda _: AssemblyReport(()))
    assert message == "idle: it would with `basis: owned`"
    assert trials == [{"a": "1", "basis": "owned", "without": ["pue", "mfu"]}]
    option = Issue(Place("--set a", 1, 1), "a", "idle", lambda: [remedy])
    assert trial("b: 1\n", option, lambda _: AssemblyReport(()))[1] == [{"basis": "owned", "without": ["mfu"]}]


def test_percentages_are_read_where_no_number_is_a_fraction():
    assert add_percent_signs("35 to 45") == "35% to 45%"
    assert add_percent_signs("0.5") == "0.5"
    assert add_percent_signs("p50") == "p50"
    assert add_percent_signs("40%") == "40%"
    assert [bool(percentage_remedies(*bounds)) for bounds in ((40, 40), (0.9, 1.2), (1.2, 1.2), (2, 2), (40, 400))] == [
        True, False, False, True, False,
    ]  # fmt: skip


def test_names_in_words():
    assert did_you_mean([]) == ""
    assert did_you_mean(["a", "b", "c"]) == "; did you mean 'a', 'b' or 'c'?"
    assert str(InvalidValueError("is wrong", *rename_remedies("x", ["a", "b"]))) == "is wrong; did you mean 'a'?"
    assert swap("GPU", "chip")("USD/GPU/hour") == "USD/chip/hour"
    assert swap("mfu", "hfu")("mfu_x mfu") == "mfu_x hfu"


def test_the_good_scenario_of_the_corpus_is_good(tmp_path):
    (tmp_path / "s.yaml").write_text(good_with(""))
    assert read(str(tmp_path / "s.yaml")).notes is not None
    assert contents(tmp_path)
    (tmp_path / "s.yaml").write_text(good_with("mfuu: 1"))
    with pytest.raises(InvalidInputError):
        read(str(tmp_path / "s.yaml"))

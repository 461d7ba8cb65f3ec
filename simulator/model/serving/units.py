"""Units of the formulas of serving. Time is in seconds throughout: these formulas meet those of the model at chip-hours."""

from typing import Annotated

from simulator.core.units import Unit, Value

Seconds = Annotated[Value, Unit("second")]
ChipSeconds = Annotated[Value, Unit("chip*second")]
ChipSecondsPerToken = Annotated[Value, Unit("chip*second/token")]
TokensPerSecond = Annotated[Value, Unit("token/second")]
TokensPerChipSecond = Annotated[Value, Unit("token/chip/second")]
RequestsPerSecond = Annotated[Value, Unit("1/second")]
BytesPerSecond = Annotated[Value, Unit("byte/second")]
BytesPerChipSecond = Annotated[Value, Unit("byte/chip/second")]
FlopPerChipSecond = Annotated[Value, Unit("FLOP/chip/second")]
FlopPerTokenPair = Annotated[Value, Unit("FLOP/token/token")]
Nodes = Annotated[Value, Unit("node")]

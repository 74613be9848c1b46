"""What mutation begins with: real models' texts, an output of every format, the fragments."""

from pathlib import Path

import orjson

from tests.fragments import PIECES
from tests.outputs import FORMATS, NOTHING

_CORPUS = Path(__file__).parents[1] / "corpora" / "model_outputs.json"


def seeds() -> list[str]:
    """Texts; objects as their JSON, which the mutations read again where they still can."""
    rows = [row["text"] for row in orjson.loads(_CORPUS.read_bytes())]
    objects = [output for output, _ in FORMATS.values()] + list(NOTHING.values())
    shipped = [o if isinstance(o, str) else orjson.dumps(o).decode() for o in objects]
    # Whole outputs four times: most of what is read begins as one.
    return [*(rows + shipped) * 4, *PIECES]

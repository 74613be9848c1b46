"""How dangerous one action is: a score of 0 to 100, its level, and the parts it is made of.

Pure, and never raises, whatever the parameters hold. Three promises, kept by construction since
every part only adds (`parts`): what is more dangerous never scores lower; nothing from the model
brings it below what the definition and the plugin say; the level follows from the score.
"""

from processors.impact.considered import UNKNOWN, Considered, History
from processors.impact.levels import BEGINS, FROM, level_of
from processors.impact.magnitudes import MEASURES, Raised, raised
from processors.impact.parts import PARTS
from processors.impact.score import impact

__all__ = [
    "BEGINS",
    "FROM",
    "MEASURES",
    "PARTS",
    "UNKNOWN",
    "Considered",
    "History",
    "Raised",
    "impact",
    "level_of",
    "raised",
]

"""The promises, one function each: it compares independent sources and says what differs."""

from collections.abc import Callable, Mapping

from tests.crash.independent.finding import Finding
from tests.crash.independent.properties.approved_before_run import approved_before_run
from tests.crash.independent.properties.ce_id_once import ce_id_once
from tests.crash.independent.properties.coordinates_covered import coordinates_covered
from tests.crash.independent.properties.effects import effects
from tests.crash.independent.properties.limits import limits
from tests.crash.independent.properties.nothing_lost import nothing_lost
from tests.crash.independent.properties.one_end import one_end
from tests.crash.independent.properties.projection import projection
from tests.crash.independent.properties.readable import readable
from tests.crash.independent.properties.unknown_visible import unknown_visible
from tests.crash.independent.world import World

Property = Callable[[World, Finding], None]

PROPERTIES: Mapping[str, Property] = {
    "readable": readable,
    "one_end": one_end,
    "ce_id_once": ce_id_once,
    "effects": effects,
    "unknown_visible": unknown_visible,
    "approved_before_run": approved_before_run,
    "projection": projection,
    "limits": limits,
    "nothing_lost": nothing_lost,
    "coordinates_covered": coordinates_covered,
}

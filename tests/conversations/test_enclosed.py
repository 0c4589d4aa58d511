"""A place that was typed or pasted, and what is wrong with one or with a card."""

import pytest

from duologue.channels.contract import Abilities, Card, Kind, Place
from duologue.conversations import enclosed
from duologue.errors import Invalid

ABLE = Abilities(sends=frozenset({Kind.TEXT, Kind.LOCATION, Kind.CARD}))
GATE = (52.5163, 13.3777)


@pytest.mark.parametrize(
    ("typed", "label"),
    [
        ("52.5163, 13.3777", None),
        ("52.5163 13.3777", None),
        ("Tea house, 52.5163, 13.3777", "Tea house"),
        ("Pariser Platz 1, 10117 Berlin, 52.5163, 13.3777", "Pariser Platz 1, 10117 Berlin"),
        ("  Tea house ;\n 52.5163;13.3777 ", "Tea house"),
        ("Teehaus; 52,5163; 13,3777", "Teehaus"),
        ("52,5163; 13,3777", None),
        ("geo:52.5163,13.3777", None),
        ("geo:52.5163,13.3777,34;crs=wgs84;u=35", None),
        ("GEO:0,0?q=52.5163,13.3777(Tea+house)", "Tea house"),
        ("geo:52.5163,13.3777?q=Tea%20house", "Tea house"),
        ("https://www.google.com/maps/@52.5163,13.3777,17z", None),
        ("https://www.google.com/maps/place/Tea+house/@52.51,13.37,17z/data=!3m1!4b1!3d52.5163!4d13.3777", "Tea house"),
        ("https://www.google.com/maps/search/?api=1&query=52.5163%2C13.3777", None),
        ("https://www.google.com/maps/search/52.5163,+13.3777?entry=tts", None),
        ("https://maps.google.com/?q=52.5163,13.3777", None),
        ("https://www.openstreetmap.org/?mlat=52.5163&mlon=13.3777#map=17/52.51/13.37", None),
        ("https://www.openstreetmap.org/#map=17/52.5163/13.3777", None),
        ("https://maps.apple.com/?ll=52.5163,13.3777&q=Tea%20house", "Tea house"),
        ("https://maps.apple.com/place?coordinate=52.5163,13.3777&name=Tea%20house", "Tea house"),
    ],
)
def test_a_place_is_understood(typed: str, label: str | None) -> None:
    assert enclosed.place(typed) == Place(latitude=GATE[0], longitude=GATE[1], label=label)


def test_south_and_west_are_negative() -> None:
    assert enclosed.place("Ushuaia, -54.8, -68.3") == Place(latitude=-54.8, longitude=-68.3, label="Ushuaia")
    assert enclosed.place("https://maps.example/@-54.8,-68.3,9z") == Place(latitude=-54.8, longitude=-68.3)


@pytest.mark.parametrize(
    "typed",
    [
        "Tea house", "52.5163", "Tea house, 52.5163", "geo:", "geo:here", "https://maps.example/short", "http://[",
        "https://maps.example/?q=Tea+house", "mlat=1", "nan, nan", "1e5, 3", "," * 5000, "1," * 900 + "x",
    ],
)  # fmt: skip
def test_what_is_no_place_is_told_how_to_write_one(typed: str) -> None:
    with pytest.raises(Invalid, match="label, latitude, longitude") as told:
        enclosed.place(typed)
    assert told.value.field == "place"


def test_nothing_is_no_place_and_no_card() -> None:
    assert enclosed.place(" \n ") is None
    assert enclosed.card(" ", "", " ") is None


@pytest.mark.parametrize(
    ("place", "words"),
    [
        (Place(latitude=90.1, longitude=0), "between -90 and 90"),
        (Place(latitude=0, longitude=-180.1), "between -180 and 180"),
        (Place(latitude=0, longitude=0, label="x" * 201), "at most 200"),
        (Place(latitude=0, longitude=0, label="\x00"), "at most 200"),
    ],
)
def test_a_place_that_is_nowhere_is_refused(place: Place, words: str) -> None:
    enclosed.fit(Place(latitude=90, longitude=-180, label="x" * 200), None, ABLE)
    with pytest.raises(Invalid, match=words) as told:
        enclosed.fit(place, None, ABLE)
    assert told.value.field == "place"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (("", "+49 151 1", ""), "has a name"),
        (("x" * 101, "+49 151 1", ""), "has a name"),
        (("Bo\nLee", "+49 151 1", ""), "has a name"),
        (("Bo", "", "bo@example.test"), "phone number"),
        (("Bo", "call me", ""), "phone number"),
        (("Bo", "1" * 41, ""), "phone number"),
        (("Bo", "+49 151 1", "bo"), "no mail address"),
        (("Bo", "+49 151 1", "bo@example.test b"), "no mail address"),
    ],
)
def test_a_card_of_no_use_is_refused(given: tuple[str, str, str], words: str) -> None:
    enclosed.fit(None, Card(name="Bo", phone="+49 (151) 1-2/3", email="bo@example.test"), ABLE)
    with pytest.raises(Invalid, match=words) as told:
        enclosed.fit(None, enclosed.card(*given), ABLE)
    assert told.value.field == "card"

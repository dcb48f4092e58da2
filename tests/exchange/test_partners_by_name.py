"""Partners as files name them."""

import tomllib

import pytest
from django_countries import countries

from agencies.models import Partner
from exchange.partners_by_name import ALIASES, PartnersByName, plain

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Morocco", "MA"),
        ("MA", "MA"),
        ("  morocco ", "MA"),
        ("FRONTEX", "FRONTEX"),
        ("frontex", "FRONTEX"),
        ("NATO", "NATO"),
        ("nato", "NATO"),
        ("AU", "AU"),
        ("NA", "NA"),
        ("Federal Republic of Germany", "DE"),
        ("German Democratic Republic", "DDDE"),
        ("Czechoslovakia", "CSHH"),
        ("Yugoslavia", "YUCS"),
        ("Netherlands Antilles", "ANHH"),
        ("st. christopher", "KN"),
        ("St. Kitts & Nevis", "KN"),
        ("St. Vincent & Grenadines", "VC"),
        ("Hong Kong SAR China", "HK"),
        ("Côte d’Ivoire", "CI"),
        ("Cote d'Ivoire", "CI"),
        ("COTE D`IVOIRE", "CI"),
        ("São Tomé & Príncipe", "ST"),
        ("Sao Tome and Principe", "ST"),
        ("Antigua & Barbuda", "AG"),
        ("Bosnia & Herzegovina", "BA"),
        ("Bahamas", "BS"),
        ("The Bahamas", "BS"),
        ("Congo - Kinshasa", "CD"),
        ("Congo - Brazzaville", "CG"),
        ("Myanmar (Burma)", "MM"),
        ("Turkey", "TR"),
        ("Turkiye", "TR"),
        ("Swaziland", "SZ"),
        ("Eswatini", "SZ"),
        ("United States", "US"),
        ("U.S.A.", "US"),
        ("South Korea", "KR"),
        ("Republic of Korea", "KR"),
        ("Viet Nam", "VN"),
        ("Åland", None),
        ("Åland Islands", "AX"),
        ("Aland Islands", "AX"),
        ("Niger", "NE"),
        ("Nigeria", "NG"),
        ("Baltic States", None),
        ("ma", None),
        ("-9", None),
        ("", None),
        ("&", None),
    ],
)
def test_names_are_matched(name: str, code: str | None) -> None:
    found = PartnersByName().find(name)
    assert (found.code if found else None) == code


def test_every_partner_is_found_by_its_code_its_name_and_any_spelling_of_it() -> None:
    known = PartnersByName()
    for partner in Partner.objects.all():
        spellings = [partner.code, partner.name, partner.name.upper(), f" {partner.name.lower()} "]
        if partner.code in countries:
            spellings.append(str(countries.name(partner.code)))
        assert [known.find(name) for name in spellings] == [partner] * len(spellings)


def test_every_alias_means_one_existing_partner() -> None:
    aliases = tomllib.loads(ALIASES.read_text(encoding="utf-8"))
    names = [plain(name) for listed in aliases.values() for name in listed]
    assert len(names) == len(set(names))
    known = PartnersByName()
    found = {
        code: {known.by_name[plain(name)].code for name in listed}
        for code, listed in aliases.items()
    }
    assert found == {code: {code} for code in aliases}

"""What must be found, however it is written; and what must not be taken for it."""

import re
from pathlib import Path

import pytest

from processors.sensitive import DETECTORS, find
from processors.sensitive.hints import hint_of
from processors.sensitive.texts import spans

GUIDE = Path(__file__).parents[3] / "docs" / "guides" / "sensitive.md"

FOUND = [
    ("pii:email", "Escribe a maria.lopez@example.com hoy"),
    ("pii:email", "MARIA+x@sub.example.co.uk."),
    ("pii:email", "<josé@ñandú.es>"),
    ("pii:email", "m@ria@example.com"),
    ("pii:phone", "+34 612 345 678"),
    ("pii:phone", "+34612345678"),
    ("pii:phone", "0034 612 345 678"),
    ("pii:phone", "Llámame al 612345678"),
    ("pii:phone", "tel. 91 123 45 67"),
    ("pii:phone", "móvil: 612-34-56-78"),
    ("pii:phone", "Contacto: 612 345 678, por la tarde"),
    ("pii:phone", "(212) 555-0123"),
    ("pii:phone", "call 212.555.0123"),
    ("pii:phone", "+1 212-555-0123"),
    ("pii:phone", "+44 20 7946 0958"),
    ("pii:iban", "ES91 2100 0418 4502 0005 1332"),
    ("pii:iban", "es9121000418450200051332"),
    ("pii:iban", "IBAN: GB29NWBK60161331926819."),
    ("pii:iban", "FR14 2004 1010 0505 0001 3M02 606 gracias"),
    ("pii:card", "4111 1111 1111 1111"),
    ("pii:card", "Visa 4111-1111-1111-1111, cad 12/27"),
    ("pii:card", "4111.1111.1111.1111"),
    ("pii:card", "tarjeta:5555555555554444;"),
    ("pii:card", "3782 822463 10005"),
    ("pii:card", "6011 1111 1111 1117"),
    ("pii:card", "2223003122003222"),
    ("pii:card", "41 11 11 11 11 11 11 11"),
    ("pii:card", "４１１１ １１１１ １１１１ １１１１"),
    ("pii:card", "4111\u200b1111\u00a011111111"),
    ("pii:national_id_es", "DNI 12345678Z"),
    ("pii:national_id_es", "12.345.678-Z"),
    ("pii:national_id_es", "x1234567l"),
    ("pii:national_id_es", "NIE X-1234567-L"),
    ("pii:national_id_us", "SSN 536-22-8726"),
    ("secret:key", "AKIAIOSFODNN7EXAMPLE"),
    ("secret:key", "ghp_" + "a1B2" * 9),
    ("secret:key", "xoxb-123456789012-abcdefghij"),
    ("secret:key", "AIza" + "Sy1" * 11 + "ab"),
    ("secret:key", "sk_" + "live_4eC39HqLyjWDarjtT1zdp7dc"),
    ("secret:key", "sk-proj-abcdefghijKLMNOP1234567890"),
    ("secret:key", "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----"),
    ("secret:key", "Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-_def"),
    ("secret:key", "postgresql://app:s3cr3t@db/x"),
    ("secret:key", "password: hunter2x9"),
    ("pii:iban", "IBANES9121000418450200051332"),
    ("pii:iban", "ES91/2100/0418/4502/0005/1332"),
    ("pii:card", "4111_1111_1111_1111"),
    ("pii:card", "4111/1111/1111/1111"),
    ("pii:national_id_us", "SSN 123456789"),
    ("pii:national_id_us", "social security number: 536228726"),
    ("secret:key", "password: hunter2"),
    ("secret:key", "password: correcthorsebattery"),
    ("secret:key", "user bob, PASSWORD=letmein, thanks"),
    ("secret:key", "the password is hunter2secret9"),
    ("secret:key", "la contraseña es Verano24"),
    ("secret:key", "clave: Tr0ub4dor&3x"),
    ("secret:key", "aws_secret_access_key=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
    ("secret:key", "AccountName=a;AccountKey=abcdefghijklmnop0123456789+/abcdefghij=="),
    ("secret:key", "Authorization: Basic dXNlcjpwYXNzd29yZA=="),
    ("secret:key", "Authorization: Bearer 9f86d081884c7d659a2f"),
]

KEYS = [
    *(f"{begins}{'Q7' * 8}" for begins in ("AKIA", "ASIA", "ABIA", "ACCA")),
    *(f"gh{kind}_{'a1B2' * 8}" for kind in "pousr"),
    "github_pat_" + "a1B2" * 6,
    "glpat-" + "a1B2" * 5,
    *(f"xox{kind}-{'a1B2' * 5}" for kind in "abeoprs"),
    "xapp-" + "a1B2" * 5,
    "AIza" + "a1B2c" * 7,
    "ya29." + "a1B2" * 5,
    *(f"{kind}_{mode}_{'a1B2' * 4}" for kind in ("sk", "rk") for mode in ("live", "test")),
    "whsec_" + "a1B2" * 4,
    "sk-" + "a1B2" * 5,
    "npm_" + "a1B2" * 9,
    "hf_" + "aBcD" * 8,
    "pypi-AgEIcHlwaS5vcmcCJDAxMjM0NTY3",
    *(f"do{kind}_v1_{'0a1b' * 16}" for kind in "opr"),
    "shpat_" + "0a1b" * 8,
    "SK" + "0a1b" * 8,
    "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw",
    "AGE-SECRET-KEY-1" + "Q7" * 20,
    "SG." + "a1B2" * 4 + "." + "a1B2" * 4,
    "eyJ" + "a1B2" * 3 + "." + "a1B2" * 2,
]

NAMED = [
    ("telefono", "612345678", "pii:phone"),
    ("phoneNumber", "2125550123", "pii:phone"),
    ("ssn", "536228726", "pii:national_id_us"),
    ("password", "x", "secret:key"),
    ("clientSecret", "abc def", "secret:key"),
    ("contraseña", "verano", "secret:key"),
    ("api_key", "9f86d081884c7d659a2f", "secret:key"),
    ("authorization", "9f86d081884c7d659a2f", "secret:key"),
]

BUSINESS = """
Pedido 612345678 enviado el 2026-11-21
Pedido nº 20261121-0045 del 21/11/2026 a las 09:30:15
Factura 2026/000123 por 1.234.567,89 €
id 550e8400-e29b-41d4-a716-446655440000
11111111-2222-3333-4444-555555555555
Servidor 192.168.100.200 puerto 8080, 10.0.0.1 y 2001:db8::8a2e:370:7334
SKU-8437612345678 y SKU-612345678, EAN 8437012345678, ISBN 978-84-376-0494-7
Ventas de 612.345.678 euros, 612 345 678 € y 1 612 345 678 uds
Timestamp 1732181415 y 1732181415123, 20261121T093000Z
2026-11-21T09:30:15.123456Z
Población 47 435 597 habitantes en 8 131 municipios
Ref. 4000000000000000 lote 4111111111111112
tracking 1Z999AA10123456784 de UPS
commit 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b
Anomalía detectada en patrón de ventas del cuarto trimestre (Q4 2026), 12.345.678 unidades
versión 1.2.3-rc.4+build.20261121
Almacén A12 pasillo 34-56-78
El ratio 3,1415926535 y 0.612345678
coordenadas 40.416775, -3.703790
código B12345678 CIF, matrícula 1234 BCD
Order 123-4567890-1234567 shipped to warehouse 7
PO 4500012345 line 00010, invoice INV-2026-000481
meeting 2026-11-21 10:00-11:30 room 612
asignar a @ana en #ventas
margen 12.5% sobre 100.000.000
cuenta contable 43000000 y 70500012 A
20261121 a las 9
growth +12.345.678 vs +15%
la clave está en vender más: token de prueba
The key metric: password resets fell 12% (token: expired)
3.456.789.012 bytes
The password was changed, and the password is required at 09:30
Reset your password: https://acme.example/reset
To change your password: click the button below
Password: expired. Contraseña: caducada
la contraseña es necesaria en 2026
authorization: basic information, token: prueba
La clave: vender más en 2026
The secret: patience
social security reform of 2026 in 123456789 homes
lote 2026/1111/2222/3333, 1,2,3,4,5,6,7,8,9,10,11,12,13,14
RISK assessment SKILLS0123456789
NIF de la empresa A58818501
Sales were up 8.4% in Q4 2026, driven by 1,204,331 units across 612 stores
"""

UNSUSPECTED = [
    ("key", "ventas-q4-2026-0001"),
    ("key", "AnalisisVentasTrimestre2026"),
    ("idempotency_key", "550e8400-e29b-41d4-a716-446655440000"),
    ("token", "abc"),
    ("clave", "pedido-urgente-madrid"),
    ("password_policy", "strong one"),
    ("password", "***"),
    ("pedido", "612345678"),
    ("sku", "A-612345678"),
]


@pytest.mark.parametrize(("label", "text"), FOUND)
def test_what_is_found_in_any_text(label: str, text: str) -> None:
    assert find({"t": text}, {}).labels == {label}


@pytest.mark.parametrize("key", KEYS)
def test_a_key_is_found_with_nothing_that_says_so(key: str) -> None:
    assert find({"t": f"con {key} va"}, {}).labels == {"secret:key"}


@pytest.mark.parametrize(("name", "value", "label"), NAMED)
def test_what_a_fields_name_tells(name: str, value: str, label: str) -> None:
    (finding,) = find({"in": [{name: value}]}, {}).listed
    assert (finding.label, finding.pointer) == (label, f"/in/0/{name}")
    assert not find({"other": value}, {}).labels


@pytest.mark.parametrize("text", BUSINESS.strip().splitlines())
def test_business_as_usual_is_not_sensitive(text: str) -> None:
    assert spans(text, hint_of("descripcion")) == []


@pytest.mark.parametrize(("name", "value"), UNSUSPECTED)
def test_a_fields_name_does_not_make_a_secret_of_anything(name: str, value: str) -> None:
    assert not find({name: value}, {}).labels


@pytest.mark.parametrize("number", [4111111111111111, 612345678, 20261121093015, 1732181415123])
def test_a_long_integer_is_nothing_but_where_its_field_says_so(number: int) -> None:
    assert not find({"pedido": number, "id": number, "total": -number}, {}).labels


def test_an_integer_in_a_field_that_says_so_is() -> None:
    found = find({"card_number": 4111111111111111, "telefono": 612345678, "pin": 1234}, {})
    assert found.labels == {"pii:card", "pii:phone", "secret:key"}


@pytest.mark.parametrize("detector", DETECTORS, ids=lambda d: d.label)
def test_every_kind_has_texts_and_a_row_in_the_guide(detector: object) -> None:
    label = getattr(detector, "label", "")
    assert label in {found for found, _ in FOUND}
    assert re.search(rf"^\| `{label}` \|", GUIDE.read_text("utf-8"), re.MULTILINE)


def test_what_lies_within_another_is_told_once() -> None:
    assert find({"t": "ES91 2100 0418 4502 0005 1332"}, {}).labels == {"pii:iban"}
    assert find({"t": "612345678@example.com"}, {}).labels == {"pii:email"}

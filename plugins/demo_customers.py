"""Customers that exist in every installation, so that `crm-query` has something to find."""

from datetime import date
from typing import TypedDict

from plugins.call import EVERYONE


class CustomerRow(TypedDict):
    tenant_id: str
    customer: str
    name: str
    segment: str
    city: str
    status: str
    since: date


_KNOWN = [
    ("C-17", "Panadería La Espiga", "pyme", "Valencia", "activo", date(2019, 3, 4)),
    ("C-18", "Transportes del Norte", "empresa", "Bilbao", "activo", date(2016, 9, 12)),
    ("C-21", "Clínica Santa Elena", "empresa", "Sevilla", "moroso", date(2021, 1, 18)),
    ("C-42", "Lucía Ferrer", "particular", "Madrid", "inactivo", date(2023, 6, 1)),
]

DEMO_CUSTOMERS = [
    CustomerRow(
        tenant_id=EVERYONE,
        customer=customer,
        name=name,
        segment=segment,
        city=city,
        status=status,
        since=since,
    )
    for customer, name, segment, city, status, since in _KNOWN
]

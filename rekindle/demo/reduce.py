"""How the bundled orders were made from the public file: `python -m rekindle.demo.reduce online_retail.csv[.gz]`.

Kept: one row an invoice, with its real number, moment, customer, country and total (rows with a customer, a positive
quantity and a positive price), and the description of its dearest line. Left out: all other lines, cancellations, and
rows without a customer. Made up, because the source has none: names, addresses (on a reserved domain, RFC 2606) and
channels, drawn by the customer's number so that they are the same every time.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

DATA = Path(__file__).with_name("data")
NAMES = (
    "Alice Amelia Arthur Beatrice Charles Clara Daniel Edith Edward Eleanor Emily Emma Florence Frances George Grace "
    "Hannah Harriet Harry Helen Henry Isabel James Jane John Joseph Julia Laura Lucy Margaret Martha Mary Oliver Rose "
    "Samuel Sophie Susan Thomas Violet William"
).split()
CHANNELS = ("site", "site", "site", "instagram", "catalogue")


@dataclass
class Invoice:
    """One invoice as it is gathered."""

    customer: str
    country: str
    placed_at: str
    amount: Decimal = Decimal(0)
    dearest: Decimal = Decimal(0)
    product: str = ""


def lines(path: Path) -> Iterator[dict[str, str]]:
    """The rows of the public file that count."""
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            counts = row["CustomerID"] and not row["InvoiceNo"].startswith("C")
            if counts and Decimal(row["Quantity"]) > 0 and Decimal(row["UnitPrice"]) > 0:
                yield row


def invoices(path: Path) -> dict[str, Invoice]:
    """Every invoice by its number, in the file's order."""
    found: dict[str, Invoice] = {}
    for row in lines(path):
        customer = row["CustomerID"].removesuffix(".0")
        invoice = found.setdefault(row["InvoiceNo"], Invoice(customer, row["Country"], row["InvoiceDate"]))
        value = Decimal(row["Quantity"]) * Decimal(row["UnitPrice"])
        invoice.amount += value
        if value > invoice.dearest:
            invoice.dearest, invoice.product = value, " ".join(row["Description"].split())
    return found


def draw(customer: str, what: str, among: int) -> int:
    """A number below `among` that belongs to this customer."""
    return int(hashlib.sha256(f"{what}:{customer}".encode()).hexdigest()[:8], 16) % among


def write(name: str, header: list[str], rows: Iterator[list[str]]) -> None:
    """Write a gzipped CSV that is the same byte for byte every time."""
    with (DATA / name).open("wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as packed:
        for row in [header, *rows]:
            line = ",".join(f'"{cell}"' if "," in cell else cell for cell in (c.replace('"', "'") for c in row))
            packed.write((line + "\n").encode())


def main(path: Path) -> None:
    """Write `data/orders.csv.gz` and `data/contacts.csv.gz`."""
    found = invoices(path)
    write(
        "orders.csv.gz",
        ["InvoiceNo", "InvoiceDate", "CustomerID", "Amount", "Description"],
        ([number, one.placed_at, one.customer, f"{one.amount:.2f}", one.product] for number, one in found.items()),
    )
    customers = {one.customer: one.country for one in found.values()}
    write(
        "contacts.csv.gz",
        ["CustomerID", "Email", "FirstName", "Country", "Channel"],
        (
            [
                customer,
                f"customer-{customer}@buyers.example",
                NAMES[draw(customer, "name", len(NAMES))],
                country,
                CHANNELS[draw(customer, "channel", len(CHANNELS))],
            ]
            for customer, country in customers.items()
        ),
    )
    print(f"{len(found)} orders of {len(customers)} buyers")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

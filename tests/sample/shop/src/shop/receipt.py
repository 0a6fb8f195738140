"""A basket as a table on the terminal."""

import humanize
from rich.console import Console
from rich.table import Table

from shop.basket import Basket


def show(basket: Basket, console: Console) -> None:
    table = Table(title=f"{humanize.apnumber(len(basket.items))} items")
    table.add_column("item")
    table.add_column("count", justify="right")
    table.add_column("price", justify="right")
    for item in basket.items:
        table.add_row(item.name, str(item.count), f"{item.price:.2f}")
    table.add_section()
    table.add_row("total", "", f"{basket.total():.2f}")
    console.print(table)

"""`python -m shop tea:2.50 bread:3.20`"""

import click
from rich.console import Console

from shop.basket import Basket, Item
from shop.receipt import show


@click.command()
@click.argument("items", nargs=-1)
def main(items: tuple[str, ...]) -> None:
    basket = Basket()
    for item in items:
        name, _, price = item.partition(":")
        basket.add(Item(name, float(price or 0)))
    show(basket, Console())


main()

"""What a customer is about to buy."""

import attrs


@attrs.frozen
class Item:
    name: str
    price: float
    count: int = 1


@attrs.define
class Basket:
    items: list[Item] = attrs.field(factory=list)

    def add(self, item: Item) -> None:
        self.items.append(item)

    def total(self) -> float:
        return sum(item.price * item.count for item in self.items)

"""The products of the bank: types of customer accounts with an interest rate and a day-count convention."""

from typing import Literal, get_args

ProductType = Literal["savings", "current"]
PRODUCTS: tuple[ProductType, ...] = get_args(ProductType)

"""What a customer's account may be: the types that have a rate of interest and a convention of counting days."""

from typing import Literal, get_args

ProductType = Literal["savings", "current"]
PRODUCTS: tuple[ProductType, ...] = get_args(ProductType)

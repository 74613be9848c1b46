"""Making a model's instance as `model_construct` leaves it, which costs five times as much:
`model.__new__(model)`, then these, each called with the instance and what it is to hold."""

from pydantic import BaseModel

set_values = vars(BaseModel)["__dict__"].__set__
set_names = vars(BaseModel)["__pydantic_fields_set__"].__set__
set_extra = vars(BaseModel)["__pydantic_extra__"].__set__
set_private = vars(BaseModel)["__pydantic_private__"].__set__

"""How objects are deleted that S3 leaves in a call that it has taken."""

from typing import Any

import pytest

from chalicelib.domain.errors import ServiceRefused
from chalicelib.models import bucket


class S3:
    """A bucket with two objects, of which the second is left."""

    def __init__(self, code: str) -> None:
        self._left = [{"Key": "b", "Code": code}] if code else []

    def get_paginator(self, _: str) -> "S3":
        return self

    def paginate(self, **_: object) -> list[Any]:
        return [{"Contents": [{"Key": "a"}, {"Key": "b"}]}, {}]

    def delete_objects(self, **_: object) -> dict[str, Any]:
        return {"Errors": self._left} if self._left else {}


def test_all_objects_are_deleted_and_counted() -> None:
    assert bucket.destroy_all(S3(""), "bucket", "a/") == 2


@pytest.mark.parametrize("code", ["InternalError", "SlowDown", "ServiceUnavailable"])
def test_object_for_which_s3_is_too_busy_is_deleted_by_a_repeat(code: str) -> None:
    with pytest.raises(ServiceRefused):
        bucket.destroy_all(S3(code), "bucket", "a/")


def test_object_that_may_not_be_deleted_is_a_mistake() -> None:
    with pytest.raises(RuntimeError, match=r"1 objects under a/ were not deleted: AccessDenied"):
        bucket.destroy_all(S3("AccessDenied"), "bucket", "a/")

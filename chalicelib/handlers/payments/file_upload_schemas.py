"""Schemas of uploads of files of payments."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from chalicelib.domain.clearing.pain001 import BYTES_MAX
from chalicelib.handlers.http.schemas import Pin, Schema, Timestamp, View
from chalicelib.services.clearing.file_uploads import Upload

Sha256 = Annotated[
    str,
    StringConstraints(pattern="^[0-9a-f]{64}$"),
    Field(
        description="SHA-256 of the file, in hexadecimal digits",
        examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
    ),
]


class OfferUpload(Schema):
    bytes: int = Field(ge=1, le=BYTES_MAX, description="The size of the file", examples=[12_500_000])
    sha256: Sha256


class ConfirmUpload(Schema):
    secret_fields: ClassVar[frozenset[str]] = frozenset({"pin"})

    sha256: Sha256
    pin: Pin | None = Field(default=None, description="Required if a paying account has a PIN")


class FileUploadView(View):
    id: str = Field(examples=["upl_01KAK4XJ7M4Q9V0C2T5R8W3Y6Z"])
    method: Literal["PUT"]
    url: str = Field(description="Whoever has it can put this one content there. Do not log it")
    headers: dict[str, str] = Field(description="To be sent with the file, as they are")
    expires_at: Timestamp

    @classmethod
    def of(cls, upload: Upload) -> "FileUploadView":
        link = upload.link
        return cls.model_construct(
            id=upload.id, method="PUT", url=link.url, headers=link.headers, expires_at=upload.expires_at
        )

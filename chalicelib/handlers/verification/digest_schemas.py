"""Digests and proofs as they are answered: texts as they were hashed and signed, so that anyone can check them."""

from typing import Annotated

from pydantic import Field

from chalicelib.domain.verification.digest import SignedDigest
from chalicelib.handlers.http.schemas import Hash, Query, Timestamp, View, WholeNumber
from chalicelib.services.crypto.digest_signing import ALGORITHM
from chalicelib.services.verification.entry_proofs import Proof, Step

KEY_ID = "8d2f6f9e-3a51-4f0f-9d3c-5a0b7f1c2e4d"


class ProofQuery(Query):
    seq: Annotated[
        int, Field(ge=1, lt=10**12, description="The entry's `seq`, as in the account's history"), WholeNumber
    ]


class DigestView(View):
    """A digest.

    `text` is what was signed; the fields repeat it. `hash` is the SHA-256 of `text`, which the next digest contains.
    """

    number: int
    sealed_from: Timestamp
    sealed_to: Timestamp = Field(
        description="Entries up to this moment are sealed by this digest or an earlier one; late entries by the next"
    )
    leaves: int
    entries: int
    root: Hash
    previous_hash: Hash
    hash: Hash
    text: str = Field(examples=['{"entries":2,"format":"florin-digest-1","leaves":2,"node":"nodes/…","number":1,…}'])
    signature: str = Field(description=f"{ALGORITHM} of `text`, DER encoded as base64", examples=["MEUCIQ…"])
    key_id: str = Field(examples=[KEY_ID])

    @classmethod
    def of(cls, signed: SignedDigest) -> "DigestView":
        digest = signed.digest
        return cls.model_construct(
            number=digest.number,
            sealed_from=digest.sealed_from,
            sealed_to=digest.sealed_to,
            leaves=digest.leaves,
            entries=digest.entries,
            root=digest.root,
            previous_hash=digest.previous_hash,
            hash=digest.hash,
            **vars(signed),
        )


class StepView(View):
    """A text and its path to the root of its tree: `index` is its position, `size` the number of leaves (RFC 9162)."""

    text: str
    index: int = Field(examples=[0])
    size: int = Field(examples=[1])
    path: list[Hash]

    @classmethod
    def of(cls, step: Step) -> "StepView":
        return cls.model_construct(text=step.text, **vars(step.place))


class ProofView(View):
    """The steps from an entry to a digest.

    The next step's text contains the root of each step's tree; see docs/verification.md.
    """

    account_id: str
    seq: int
    entry: StepView
    leaf: StepView
    partition: StepView
    digest: DigestView

    @classmethod
    def of(cls, account_id: str, seq: int, proof: Proof) -> "ProofView":
        return cls.model_construct(
            account_id=account_id,
            seq=seq,
            entry=StepView.of(proof.entry),
            leaf=StepView.of(proof.leaf),
            partition=StepView.of(proof.partition),
            digest=DigestView.of(proof.digest),
        )


class DigestKeyView(View):
    key_id: str = Field(examples=[KEY_ID])
    algorithm: str = Field(examples=[ALGORITHM])
    public_key: str = Field(description="PEM", examples=["-----BEGIN PUBLIC KEY-----\n…\n-----END PUBLIC KEY-----\n"])


class DigestKeysView(View):
    keys: list[DigestKeyView]

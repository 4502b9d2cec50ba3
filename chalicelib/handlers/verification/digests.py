"""Sealed digests, and the proof of an entry under one: what a stranger can check without believing the bank."""

from chalicelib.handlers.http.operation import Answer, describe
from chalicelib.handlers.http.request import Request
from chalicelib.handlers.http.schemas import Listing, PageQuery
from chalicelib.handlers.identity.auth import JWKS_CACHED
from chalicelib.handlers.verification.digest_schemas import DigestKeysView, DigestView, ProofQuery, ProofView
from chalicelib.models.paging import Paging
from chalicelib.services.crypto import digest_signing
from chalicelib.services.verification import entry_proofs


@describe("List signed digests", query=PageQuery, answer=Listing[DigestView], problems=("invalid_cursor",))
def list_digests(request: Request[None, PageQuery]) -> Listing[DigestView]:
    """Lists digests, newest first. Each contains the hash of the one before: if you keep a digest, no entry that it
    seals can change unnoticed.
    """
    page = entry_proofs.digests(Paging(request.query.limit, request.query.cursor))
    return Listing[DigestView].page([DigestView.of(item.signed()) for item in page.items], page.next_cursor)


@describe("Get the proof of an entry", query=ProofQuery, answer=ProofView, problems=("not_found",))
def prove_entry(request: Request[None, ProofQuery], account_id: str) -> ProofView:
    """Returns the path from an entry to the first digest after it. You can check it offline with the public key."""
    seq = request.query.seq
    return ProofView.of(account_id, seq, entry_proofs.of_entry(request.caller, account_id, seq))


@describe("List public keys of digests", answer=DigestKeysView)
def list_digest_keys(request: Request[None, None]) -> Answer:
    """Returns the current key and the keys of earlier digests."""
    keys = DigestKeysView.model_validate({"keys": digest_signing.published()})
    return Answer(keys, headers=JWKS_CACHED)

"""What is uploaded for AWS: a canary where new functions can work beside the deployed ones, and else none."""

import json
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.build import manifest
from infra.deploy import artifacts, generation, staged
from infra.errors import CommandError
from infra.settings import Settings

FUNCTIONS = {name: {"Type": "AWS::Serverless::Function", "Properties": {}} for name in staged.STAGED}
WORKFLOW = {"Type": "AWS::Serverless::StateMachine", "Properties": {"Definition": {"Comment": "screen and post"}}}
TEMPLATE: dict[str, Any] = {"Resources": {**FUNCTIONS, generation.WORKFLOW: WORKFLOW}}


OURS, THEIRS = "123456789012", "999999999999"


class Storage:
    """S3 with one bucket, of an account, in memory."""

    meta = SimpleNamespace(endpoint_url="https://s3.example", region_name="us-east-1")

    def __init__(self, owner: str) -> None:
        self.owner = owner
        self.objects: dict[str, bytes] = {}
        self.written: list[str] = []

    def head_bucket(self, ExpectedBucketOwner: str, **_: str) -> None:
        self._check(ExpectedBucketOwner)

    def head_object(self, ExpectedBucketOwner: str, Key: str, ChecksumMode: str, **_: str) -> dict[str, str]:
        self._check(ExpectedBucketOwner)
        assert ChecksumMode == "ENABLED"
        if Key not in self.objects:
            raise refusal(404)
        return {"ChecksumSHA256": b64encode(sha256(self.objects[Key]).digest()).decode()}

    def put_object(self, ExpectedBucketOwner: str, Key: str, Body: bytes, ChecksumSHA256: str, **_: str) -> None:
        self._check(ExpectedBucketOwner)
        assert ChecksumSHA256 == b64encode(sha256(Body).digest()).decode()
        self.objects[Key] = Body
        self.written.append(Key)

    def _check(self, expected: str) -> None:
        if expected != self.owner:
            raise refusal(403)


def refusal(status: int) -> ClientError:
    response: Any = {"Error": {"Code": str(status)}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, "S3")


def cloud_of(storage: Storage) -> Any:
    return SimpleNamespace(client=lambda _: storage, account_id=lambda: OURS)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = Settings(stage="dev", target="aws", build_root=tmp_path)
    made.package_dir.mkdir(parents=True)
    (made.package_dir / "sam.json").write_text(json.dumps(TEMPLATE))
    manifest.write(made)
    return made


def preference_after(settings: Settings, number: str) -> str:
    """Return how a deployment goes over whose stack has a generation."""
    stack = {"Outputs": [{"OutputKey": generation.OUTPUT, "OutputValue": number}]}
    uploaded = artifacts.upload(cloud_of(Storage(OURS)), settings, stack)
    preference = uploaded.body["Resources"]["TransferTask"]["Properties"]["DeploymentPreference"]
    return str(preference["Type"])


def test_deployment_over_the_same_generation_has_a_canary(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert preference_after(settings, generation.of_template(TEMPLATE)) == staged.PREFERENCE
    assert capsys.readouterr().out == ""


def test_deployment_over_another_generation_goes_over_at_once_and_says_so(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert preference_after(settings, "0-another") == "AllAtOnce"
    assert "There is no canary" in capsys.readouterr().out


def test_nothing_is_uploaded_to_a_bucket_of_another_account(settings: Settings) -> None:
    """Its name can be guessed: whoever took it first could replace the code between upload and deployment."""
    storage = Storage(THEIRS)
    with pytest.raises(CommandError, match="florin-dev-artifacts-123456789012 belongs to another account"):
        artifacts.upload(cloud_of(storage), settings, None)
    assert storage.objects == {}


def test_object_of_another_content_is_not_deployed_under_the_name_of_ours(settings: Settings) -> None:
    storage = Storage(OURS)
    url = artifacts.upload(cloud_of(storage), settings, None).url
    [key] = storage.written
    assert url.endswith(f"/florin-dev-artifacts-{OURS}/{key}")
    ours = storage.objects[key]
    artifacts.upload(cloud_of(storage), settings, None)
    assert storage.written == [key]
    storage.objects[key] = b"of somebody else"
    artifacts.upload(cloud_of(storage), settings, None)
    assert (storage.written, storage.objects) == ([key, key], {key: ours})

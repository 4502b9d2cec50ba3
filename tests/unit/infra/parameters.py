"""Systems Manager and Secrets Manager, in memory."""

from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ClientError


class Parameters:
    """`written` has the names of parameters in the order in which they were written."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self.types: dict[str, str] = {}
        self.secrets: dict[str, str] = {}
        self.written: list[str] = []

    def client(self, service: str) -> Any:
        if service == "secretsmanager":
            return SimpleNamespace(get_secret_value=self._get_secret, delete_secret=self._delete_secret)
        return SimpleNamespace(put_parameter=self._put, get_parameter=self._get)

    def _get(self, Name: str, *, WithDecryption: bool = False) -> Any:
        if Name not in self.values:
            raise ClientError({"Error": {"Code": "ParameterNotFound"}}, "GetParameter")
        assert WithDecryption == (self.types[Name] == "SecureString")
        return {"Parameter": {"Value": self.values[Name]}}

    def _put(self, Name: str, Value: str, Type: str, Overwrite: bool) -> None:
        assert Overwrite
        self.values[Name], self.types[Name] = Value, Type
        self.written.append(Name)

    def _get_secret(self, SecretId: str) -> Any:
        if SecretId not in self.secrets:
            raise ClientError({"Error": {"Code": "ResourceNotFoundException"}}, "GetSecretValue")
        return {"SecretString": self.secrets[SecretId]}

    def _delete_secret(self, SecretId: str, RecoveryWindowInDays: int) -> None:
        assert RecoveryWindowInDays == 30
        self._get_secret(SecretId)
        del self.secrets[SecretId]

"""Certificates of an authority that only a test trusts."""

import datetime
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

BEGINS = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)
"""OpenSSL reads the machine's clock, whatever moment a test has: certificates are valid for a century, or were once."""


class Authority:
    """Issues certificates. `path` is the file of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "An authority of a test")])
        own = self._builder(self._name, self._key, 100).add_extension(x509.BasicConstraints(True, None), critical=True)
        self.path = folder / "authority.pem"
        self.path.write_bytes(self._sign(own))

    def server(self, name: str, *, valid_years: int = 100) -> ssl.SSLContext:
        """Return the settings of a server with a certificate for a name, valid for so many years from 2000 on."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        builder = self._builder(subject, key, valid_years)
        certificate = self._sign(
            builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        )
        path = self._folder / f"{name}{valid_years}.pem"
        path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            + certificate
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context

    def _builder(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, valid_years: int
    ) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(BEGINS)
            .not_valid_after(BEGINS.replace(year=BEGINS.year + valid_years))
        )

    def _sign(self, builder: x509.CertificateBuilder) -> bytes:
        return builder.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

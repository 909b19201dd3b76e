"""A connection by TLS that breaks: before the request left, or after the server had it."""

from __future__ import annotations

import os
import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from bot.platforms.kit.answers import never_sent


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    path = tmp_path / "server.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, *plain) + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


def broken(certificate: Path, *, trusted: bool) -> tuple[BaseException, list[bytes]]:
    """Post to a server that takes the request and then speaks nonsense; return what was raised and what arrived."""
    context, arrived = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), list[bytes]()
    context.load_cert_chain(certificate)
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        raw, _ = listening.accept()
        try:
            with context.wrap_socket(raw, server_side=True) as talk:
                arrived.append(talk.recv(65536))
                os.write(talk.fileno(), b"this is no record of TLS")
        except OSError:
            return

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    url, verify = f"https://127.0.0.1:{listening.getsockname()[1]}/2/tweets", str(certificate) if trusted else True
    with pytest.raises(requests.RequestException) as caught:
        requests.post(url, json={"text": "Tea"}, timeout=60, verify=verify)
    listening.close()
    thread.join(60)
    return caught.value, arrived


def test_a_post_that_a_server_had_before_tls_broke_is_not_called_unsent(certificate: Path) -> None:
    error, arrived = broken(certificate, trusted=True)
    assert arrived[0].startswith(b"POST /2/tweets")
    assert not never_sent(error)


def test_nothing_is_sent_to_whom_no_certificate_speaks_for(certificate: Path) -> None:
    error, arrived = broken(certificate, trusted=False)
    assert not any(arrived)
    assert never_sent(error)

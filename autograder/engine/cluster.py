"""Grades on the workers of a Dask cluster, which need the grader, no shared disk, no gradebook.

Whoever reaches an open scheduler can run code on it and on its workers, so all connections are
TLS and both ends show one certificate, which `certificate` makes:

    python -m autograder certificate tls          # then keep tls/ to yourself, on each machine
    dask scheduler --protocol tls --port 8786 --tls-ca-file tls/cert.pem \\
        --tls-cert tls/cert.pem --tls-key tls/key.pem
    dask worker tls://10.0.0.5:8786 --nthreads 1 --nworkers auto --tls-ca-file tls/cert.pem \\
        --tls-cert tls/cert.pem --tls-key tls/key.pem
    python -m autograder grade ps1 --scheduler tls://10.0.0.5:8786 --tls tls
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from uuid import uuid4

from autograder import UsageError
from autograder.engine.judge import Cell
from autograder.engine.pool import Job, Rules, warm
from autograder.engine.store import versions

if TYPE_CHECKING:
    from distributed import Client

SECONDS = 10  # to wait for a scheduler, and for its first worker
CERTIFICATE, KEY = "cert.pem", "key.pem"


def certificate(folder: Path, days: int = 365) -> None:
    """Make the certificate and key that scheduler, workers and graders share, in a new folder.

    Raises UsageError where there is one, or where the folder can't be written.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    secret = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "greenlab grader")])
    now, public = datetime.now(UTC), secret.public_key()
    usage = dict.fromkeys(
        ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
         "crl_sign", "encipher_only", "decipher_only"), False,
    )  # fmt: skip
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(
            x509.KeyUsage(digital_signature=True, key_cert_sign=True, **usage), critical=True
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(public), critical=False)
        .sign(secret, hashes.SHA256())
    )
    private = secret.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file, content in (
            (KEY, private),
            (CERTIFICATE, made.public_bytes(serialization.Encoding.PEM)),
        ):
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
            with open(os.open(folder / file, flags, 0o600), "wb") as out:
                out.write(content)
    except FileExistsError as error:
        raise UsageError(f"{error.filename} is there: use it, or name another folder.") from error
    except OSError as error:
        raise UsageError(f"Can't write to {folder} ({error.strerror}).") from error


def connected(scheduler: str, tls: Path | None) -> Client:
    """A client of a Dask cluster whose workers all have this grader.

    Raises UsageError where it is open, doesn't answer, has no workers, or others than this.
    """
    from distributed import Client
    from distributed.security import Security

    if not scheduler.startswith("tls://") or tls is None:
        raise UsageError(
            f"--scheduler {scheduler}: whoever reaches a scheduler without TLS can run code as "
            "you. Make a certificate (python -m autograder certificate tls), start scheduler and "
            "workers with it, and say --scheduler tls://HOST:PORT --tls tls."
        )
    paths = {name: str(tls / name) for name in (CERTIFICATE, KEY)}
    if missing := [path for path in paths.values() if not os.path.isfile(path)]:
        raise UsageError(f"No {missing[0]}: make it by python -m autograder certificate {tls}.")
    security = Security(
        tls_ca_file=paths[CERTIFICATE], tls_client_cert=paths[CERTIFICATE],
        tls_client_key=paths[KEY], require_encryption=True,
    )  # fmt: skip
    try:
        client = Client(scheduler, timeout=SECONDS, security=security, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise UsageError(f"No Dask scheduler answers at {scheduler} ({error}).") from error
    try:
        client.wait_for_workers(1, timeout=SECONDS)
        theirs = client.run(its_versions)
    except TimeoutError as error:
        client.close()
        raise UsageError(
            f"{scheduler} has no workers: start some (dask worker {scheduler} …)."
        ) from error
    except Exception as error:
        client.close()
        raise UsageError(f"The workers haven't the grader: install its wheel ({error}).") from error
    if others := [address for address, found in theirs.items() if found != versions()]:
        client.close()
        raise UsageError(
            f"{len(others)} of {len(theirs)} workers have another grader, greenlab, torch or NumPy "
            f"than this machine: install the same there ({others[0]})."
        )
    return client


def its_versions() -> str:
    """What `store.versions` says on a worker."""
    return versions()


def run_there(
    client: Client, rules: Rules, jobs: Iterable[Job]
) -> Iterator[tuple[Job, list[dict] | str]]:
    """Grade on the workers; what one that dies had is graded by another."""
    from distributed import as_completed

    waiting = {
        client.submit(
            remotely, job.cells, packed(job.files), packed(job.place), rules, versions(),
            key=f"grade-{uuid4()}", retries=2,
        ): job
        for job in jobs
    }  # fmt: skip
    try:
        for done in as_completed(waiting, loop=client.loop):
            try:
                yield waiting[done], done.result()
            except Exception as error:
                yield waiting[done], f"The grader failed on it: {error}"
    finally:
        with suppress(Exception):  # after Ctrl-C: what waits isn't begun
            client.cancel(list(waiting))


def packed(folder: Path | None) -> dict[str, bytes]:
    """A folder's regular files by name, to be sent; notebooks and links stay behind."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in (sorted(folder.rglob("*")) if folder is not None else ())
        if path.is_file() and not path.is_symlink() and path.suffix != ".ipynb"
    }


def remotely(
    cells: Sequence[Cell], files: dict[str, bytes], place: dict[str, bytes], rules: Rules,
    ours: str,
) -> list[dict]:  # fmt: skip
    """Grade one submission on a worker, in folders of its own. `ours`: `store.versions` there."""
    if versions() != ours:
        raise RuntimeError("this worker has another grader than the machine that asks it")
    with TemporaryDirectory() as scratch:
        folders = Path(scratch, "files"), Path(scratch, "place")
        for folder, content in zip(folders, (files, place), strict=True):
            folder.mkdir()
            for name, data in content.items():
                target = folder / name
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(data)
        return warm(rules).grade(cells, *folders)

"""Unzips each archive of functions once. LocalStack would do it for each function, and delete each copy alone.

The bank's functions have one archive of 65 MB. Twenty copies take minutes to write, to compile and to delete.
"""

import base64
import tempfile
import threading
from pathlib import Path
from typing import Any

_UNZIPPING = threading.Lock()


def shared_folder(code: Any) -> Path:
    """Return the folder with the files of an archive (LocalStack's `S3Code`), which functions of the same code share.

    It is deleted with LocalStack's own folder: another function may begin to use it at any moment.
    """
    digest = base64.b64decode(code.code_sha256).hex()
    folder = Path(tempfile.gettempdir()) / "shared-code" / digest
    with _UNZIPPING:
        if not folder.exists():
            folder.parent.mkdir(parents=True, exist_ok=True)
            code.prepare_for_execution()
            code.get_unzipped_code_location().rename(folder)
            code.destroy_cached()
    return folder

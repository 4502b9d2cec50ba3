"""The table of permissions is complete, and the document is the generated one."""

from chalicelib.domain.permissions import OWN_ALWAYS, PERMISSIONS, ROLES, SHARED_RESOURCE_PERMISSIONS
from chalicelib.handlers.routes import ROUTES
from infra.build import permissions
from infra.settings import ROOT


def test_the_committed_table_is_the_generated_one() -> None:
    committed = (ROOT / "docs" / "permissions.md").read_text()
    assert committed == permissions.text(), "run `make openapi` and commit docs/permissions.md"


def test_every_permission_is_a_routes_or_has_a_purpose_within_one() -> None:
    used = {route.permission for route in ROUTES if route.permission}
    assert set(PERMISSIONS) - used == set(permissions.PURPOSES)


def test_what_is_ones_own_is_for_everybody() -> None:
    for permission in OWN_ALWAYS | SHARED_RESOURCE_PERMISSIONS:
        assert PERMISSIONS[permission] == set(ROLES)

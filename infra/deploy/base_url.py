"""The API's base URL. On the embedded emulator it is the same after every update.

There, each change of a route makes an API with another id. So a base path of the domain "127.0.0.1" leads to the API.
"""

from infra.deploy import change_set
from infra.emulator.server import API_PATH, HOST
from infra.settings import Settings
from infra.targets import Cloud

API_STAGE = "api"


def bank_url(cloud: Cloud, settings: Settings) -> str:
    """Return the API's address, without a slash at the end. Raises CommandError if LocalStack or AWS has no stack.

    The address of an emulator has no host name, because it must resolve everywhere.
    """
    if settings.target == "embedded":
        return f"{cloud.endpoint_url}/{_base_path(settings)}"
    found = change_set.outputs(cloud, settings.stack_name)
    if cloud.endpoint_url is None:
        return found["EndpointURL"].rstrip("/")
    return f"{cloud.endpoint_url}/_aws/execute-api/{found['RestAPIId']}/{API_STAGE}"


def ensure_base_path(cloud: Cloud, settings: Settings) -> None:
    """Let the base path lead to the API that the stack has now."""
    if settings.target != "embedded":
        return
    gateway, api_id = cloud.client("apigateway"), change_set.outputs(cloud, settings.stack_name)["RestAPIId"]
    mapping = {"domainName": HOST, "basePath": _base_path(settings), "restApiId": api_id, "stage": API_STAGE}
    try:
        gateway.create_base_path_mapping(**mapping)  # replaces the one that is there
    except gateway.exceptions.NotFoundException:
        gateway.create_domain_name(domainName=HOST, endpointConfiguration={"types": ["REGIONAL"]})
        gateway.create_base_path_mapping(**mapping)


def _base_path(settings: Settings) -> str:
    return API_PATH if settings.stage == "local" else f"{API_PATH}-{settings.stage}"

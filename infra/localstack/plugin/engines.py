"""Uses DynamoDB Local and JSONata as they are installed here, where LocalStack would download its own."""

import json
import os
from typing import Any

from localstack.runtime import hooks


@hooks.on_infra_start()
def use_engines_of_this_machine() -> None:
    """Replace how LocalStack finds DynamoDB Local (`DYNAMODB_LOCAL`, `JAVA`) and evaluates JSONata."""
    from localstack.services.dynamodb import packages, server
    from localstack.services.stepfunctions.asl.jsonata import jsonata

    folder = os.environ["DYNAMODB_LOCAL"]
    packages.DynamoDBLocalPackageInstaller.get_installed_dir = lambda _self: folder
    packages.DynamoDBLocalPackageInstaller.get_java_env_vars = lambda _self: {}
    command = server.DynamodbServer._create_shell_command

    def without_agent(self: Any) -> list[str]:
        """LocalStack's agent only raises a limit of indexes that this bank is far from."""
        told = [part for part in command(self) if not part.startswith("-javaagent:")]
        return [os.environ["JAVA"], *told[1:]]

    server.DynamodbServer._create_shell_command = without_agent
    jsonata._eval_jsonata = _evaluate_jsonata


def _evaluate_jsonata(expression: str) -> Any:
    """Evaluate in Python what LocalStack evaluates in a Java machine inside its process."""
    import jsonata as python_jsonata
    from localstack.services.stepfunctions.asl.jsonata.jsonata import JSONataException

    try:
        return json.loads(json.dumps(python_jsonata.Jsonata(expression).evaluate(None)))
    except Exception as error:
        raise JSONataException("UNKNOWN", str(error)) from error

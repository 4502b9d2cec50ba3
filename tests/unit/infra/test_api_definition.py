"""The API's definition in the template keeps what API Gateway uses, and no more."""

from tests.unit.infra.aws_template import packaged

INTEGRATION = "x-amazon-apigateway-integration"


def test_every_method_keeps_its_integration_and_its_authorizer() -> None:
    definition = packaged("prod")["Resources"]["RestAPI"]["Properties"]["DefinitionBody"]
    methods = [one for path in definition["paths"].values() for one in path.values()]
    assert all(one[INTEGRATION]["type"] == "aws_proxy" for one in methods)
    assert all("${APIHandler.Arn}" in one[INTEGRATION]["uri"]["Fn::Sub"] for one in methods)
    assert all(one["responses"] == {} and "responses" not in one[INTEGRATION] for one in methods)
    profile = definition["paths"]["/v1/user/profile"]["get"]
    assert profile["security"] == [{"authorize": []}]
    assert {key for one in methods for key in one} == {"responses", "security", "parameters", INTEGRATION}

"""What CloudFormation says of a template that it refuses, and that nothing of the stack is left."""

from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError

from tests.local.local_aws_server import LocalAws, serving

VPC = "Resources: {Vpc: {Type: 'AWS::EC2::VPC', Properties: {CidrBlock: 10.9.0.0/16}}, "
ENVIRONMENT = """Environment: {Type: 'AWS::Batch::ComputeEnvironment', Properties: {Type: MANAGED, ComputeResources: {
  Type: FARGATE, MaxvCpus: 4, Subnets: [%s], SecurityGroupIds: [%s]}}}}"""

TEMPLATES = {
    "not YAML": ("Resources:\n  Bucket:\n    Type: [AWS", "YAML not well-formed. (line 3, column 15)"),
    "not JSON": ('{"Resources": {"Bucket": }\n', "JSON not well-formed. (line 2, column 1)"),
    "a tab": ("Resources:\n\tBucket: {}", "YAML not well-formed. (line 2, column 1)"),
    "no mapping": ("just words", "Template format error: unsupported structure."),
    "no resources": ("Description: nothing", "At least one Resources member must be defined."),
    "no type": ("Resources: {Bucket: {Properties: {}}}", "'Type'"),
    "an unknown reference": (VPC + ENVIRONMENT % ("!Ref Nothing", "sg-1"), "Nothing"),
    "an unknown subnet": (VPC + ENVIRONMENT % ("subnet-none", "sg-none"), "Resource Environment"),
}


@pytest.fixture(scope="module")
def aws() -> Iterator[LocalAws]:
    with serving() as server:
        yield server


@pytest.mark.parametrize(("template", "said"), TEMPLATES.values(), ids=TEMPLATES.keys())
def test_a_template_is_refused_with_a_validation_error(aws: LocalAws, template: str, said: str) -> None:
    """ValidationError: docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/CommonErrors.html."""
    with pytest.raises(ClientError) as refused:
        aws.client("cloudformation").create_stack(StackName="s", TemplateBody=template)
    assert refused.value.response["Error"]["Code"] == "ValidationError"
    assert said in refused.value.response["Error"]["Message"]


def test_nothing_is_left_of_a_refused_stack(aws: LocalAws) -> None:
    client, ec2 = aws.client("cloudformation"), aws.client("ec2")
    before = len(ec2.describe_vpcs()["Vpcs"])
    with pytest.raises(ClientError, match=r"Resource Environment \(AWS::Batch::ComputeEnvironment\): .*sg-none"):
        client.create_stack(StackName="s", TemplateBody=VPC + ENVIRONMENT % (subnet(aws), "sg-none"))
    assert (client.list_stacks()["StackSummaries"], len(ec2.describe_vpcs()["Vpcs"])) == ([], before)


def test_a_bad_template_leaves_a_stack_as_it_is(aws: LocalAws) -> None:
    client = aws.client("cloudformation")
    client.create_stack(StackName="kept", TemplateBody="Resources: {Topic: {Type: 'AWS::SNS::Topic'}}")
    with pytest.raises(ClientError, match="YAML not well-formed"):
        client.update_stack(StackName="kept", TemplateBody="Resources: {")
    with pytest.raises(ClientError, match="YAML not well-formed"):
        client.validate_template(TemplateBody="Resources: {")
    assert [each["StackName"] for each in client.describe_stacks()["Stacks"]] == ["kept"]
    client.delete_stack(StackName="kept")


def test_a_stack_made_by_change_sets_has_its_outputs(aws: LocalAws) -> None:
    """The way of `aws cloudformation deploy`: a change set for the new stack, another for each change."""
    assert deploy(aws, "CREATE", "first") == {"Topic": "first"}
    assert deploy(aws, "UPDATE", "second") == {"Topic": "second"}
    assert [each["Value"] for each in aws.client("cloudformation").list_exports()["Exports"]] == ["second"]
    aws.client("cloudformation").delete_stack(StackName="deployed")


def deploy(aws: LocalAws, kind: str, topic: str) -> dict[str, str]:
    client = aws.client("cloudformation")
    template = """{Parameters: {Name: {Type: String}}, Resources: {Topic: {Type: 'AWS::SNS::Topic', Properties: {
      TopicName: !Ref Name}}}, Outputs: {Topic: {Value: !GetAtt Topic.TopicName, Export: {Name: topic-name}}}}"""
    parameters = [{"ParameterKey": "Name", "ParameterValue": topic}]
    change = {"StackName": "deployed", "ChangeSetName": f"change-{topic}"}
    client.create_change_set(**change, ChangeSetType=kind, TemplateBody=template, Parameters=parameters)
    client.execute_change_set(**change)
    (stack,) = client.describe_stacks(StackName="deployed")["Stacks"]
    return {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}


def subnet(aws: LocalAws) -> str:
    return str(aws.client("ec2").describe_subnets()["Subnets"][0]["SubnetId"])

# expect: Plan: 1 to add, 0 to change, 0 to destroy.
resource "aws_lambda_capacity_provider" "this" {
  name = "life"
  permissions_config {
    capacity_provider_operator_role_arn = "arn:aws:iam::123456789012:role/lambda"
  }
  vpc_config {
    subnet_ids         = ["subnet-1"]
    security_group_ids = ["sg-1"]
  }
}

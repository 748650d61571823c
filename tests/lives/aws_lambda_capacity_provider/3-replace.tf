# expect: Plan: 1 to add, 0 to change, 1 to destroy.
# expect: # forces replacement
resource "aws_lambda_capacity_provider" "this" {
  name = "next"
  permissions_config {
    capacity_provider_operator_role_arn = "arn:aws:iam::123456789012:role/lambda"
  }
  vpc_config {
    subnet_ids         = ["subnet-1"]
    security_group_ids = ["sg-1"]
  }
  tags = { a = "1" }
  capacity_provider_scaling_config {
    scaling_mode   = "Auto"
    max_vcpu_count = 20
  }
}

# __generated__ by lambdaform
# Please review these resources and move them into your main configuration files.

# __generated__ by lambdaform from [id]
resource "aws_lambda_capacity_provider" "this" {
  kms_key_arn = null
  name        = "life"
  tags        = null
  capacity_provider_scaling_config {
    max_vcpu_count = 400
    scaling_mode   = "Auto"
  }
  instance_requirements {
    allowed_instance_types  = []
    architectures           = ["x86_64"]
    excluded_instance_types = []
  }
  permissions_config {
    capacity_provider_operator_role_arn = "arn:aws:iam::123456789012:role/lambda"
  }
  vpc_config {
    security_group_ids = ["sg-1"]
    subnet_ids         = ["subnet-1"]
  }
}

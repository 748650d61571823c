resource "aws_lambda_capacity_provider" "other" {
  name = "life"
  permissions_config {
    capacity_provider_operator_role_arn = "arn:aws:iam::123456789012:role/lambda"
  }
  vpc_config {
    subnet_ids         = ["subnet-1"]
    security_group_ids = ["sg-1"]
  }
}

resource "aws_lambda_function" "other" {
  function_name = "life"
  role          = "arn:aws:iam::123456789012:role/lambda"
  runtime       = "python3.13"
  handler       = "index.handler"
  filename      = "a.zip"
  memory_size   = 2048
  publish       = true
  capacity_provider_config {
    lambda_managed_instances_capacity_provider_config {
      capacity_provider_arn = aws_lambda_capacity_provider.other.arn
    }
  }
}

resource "aws_lambda_function" "second" {
  function_name = "second"
  role          = "arn:aws:iam::123456789012:role/lambda"
  runtime       = "python3.12"
  handler       = "index.handler"
  filename      = "a.zip"
  publish       = true
}

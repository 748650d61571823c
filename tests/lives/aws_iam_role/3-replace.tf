# expect: Plan: 1 to add, 0 to change, 1 to destroy.
# expect: # forces replacement
resource "aws_iam_role" "this" {
  name_prefix = "life-"
  path        = "/service-role/"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}

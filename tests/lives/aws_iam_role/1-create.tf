# expect: Plan: 1 to add, 0 to change, 0 to destroy.
resource "aws_iam_role" "this" {
  name = "life"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
  managed_policy_arns = [aws_iam_policy.other.arn]
  inline_policy {
    name = "first"
    policy = jsonencode({
      Version   = "2012-10-17"
      Statement = [{ Effect = "Allow", Action = ["logs:PutLogEvents", "logs:CreateLogStream"], Resource = "*" }]
    })
  }
}

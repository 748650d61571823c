# expect: Plan: 0 to add, 1 to change, 0 to destroy.
resource "aws_iam_role" "this" {
  name                  = "life"
  description           = "changed"
  force_detach_policies = true
  max_session_duration  = 7200
  permissions_boundary  = aws_iam_policy.other.arn
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "edgelambda.amazonaws.com" } }]
  })
  managed_policy_arns = [aws_iam_policy.another.arn]
  inline_policy {
    name = "second"
    policy = jsonencode({
      Version   = "2012-10-17"
      Statement = [{ Effect = "Allow", Action = "logs:*", Resource = "*" }]
    })
  }
  tags = {
    Team = "life"
  }
}

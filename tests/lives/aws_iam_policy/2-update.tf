# expect: Plan: 0 to add, 1 to change, 0 to destroy.
resource "aws_iam_policy" "this" {
  name        = "life"
  description = "A policy"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "*" }]
  })
  tags = {
    Team = "life"
  }
}

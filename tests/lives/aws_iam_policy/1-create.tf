# expect: Plan: 1 to add, 0 to change, 0 to destroy.
resource "aws_iam_policy" "this" {
  name        = "life"
  description = "A policy"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ["s3:GetObject", "s3:PutObject"], Resource = "*" }]
  })
}

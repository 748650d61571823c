# expect: Plan: 0 to add, 1 to change, 0 to destroy.
resource "aws_iam_role_policy" "this" {
  role = aws_iam_role.other.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "*" }]
  })
}

# expect: Plan: 1 to add, 0 to change, 0 to destroy.
resource "aws_iam_role_policy_attachment" "this" {
  role       = aws_iam_role.other.name
  policy_arn = aws_iam_policy.first.arn
}

# expect: Plan: 0 to add, 1 to change, 0 to destroy.
resource "aws_lambda_code_signing_config" "this" {
  description = "changed"
  tags        = { a = "1" }

  allowed_publishers {
    signing_profile_version_arns = ["arn:aws:signer:us-east-1:123456789012:/signing-profiles/other/abcdefghij", "arn:aws:signer:us-east-1:123456789012:/signing-profiles/team/abcdefghij"]
  }

  policies {
    untrusted_artifact_on_deployment = "Enforce"
  }
}

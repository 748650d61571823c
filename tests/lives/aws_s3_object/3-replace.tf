# expect: Plan: 1 to add, 0 to change, 1 to destroy.
# expect: # forces replacement
resource "aws_s3_object" "this" {
  bucket       = "life"
  key          = "code/b.zip"
  source       = "b.zip"
  etag         = filemd5("b.zip")
  content_type = "application/zip"
  tags         = { a = "1" }
}

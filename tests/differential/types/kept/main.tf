resource "aws_s3_object" "object" {
  bucket  = "code"
  key     = "inner.txt"
  content = "inner"
}

variable "region" {
  type        = string
  default     = "us-east-1"
  description = "Where the functions live."
}

variable "stage" {
  type        = string
  default     = "dev"
  description = "Goes into every name and tag."

  validation {
    condition     = contains(["dev", "prod"], var.stage)
    error_message = "The stage must be dev or prod."
  }
}

variable "language" {
  type        = string
  default     = "en"
  description = "The language of the greetings: en, de or fr."
}

variable "runtime" {
  type        = string
  default     = "python3.13"
  description = "The runtime of both functions."
}

variable "memory" {
  type        = number
  default     = 256
  description = "Memory of the api function in MB."
}

variable "role_arn" {
  type        = string
  default     = null
  description = "The execution role; by default the one named like the functions."
}

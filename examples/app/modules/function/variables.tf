variable "name" {
  description = "Of the function, its role, its policy and its log group."
  type        = string
}

variable "source_dir" {
  description = "The directory that is packed."
  type        = string
}

variable "memory" {
  description = "In MB."
  type        = number
  default     = 128
}

variable "environment" {
  description = "The environment of the function."
  type        = map(string)
  default     = {}
}

variable "actions" {
  description = "What the function may do beyond writing its log."
  type        = list(string)
  default     = []
}

variable "resources" {
  description = "What it may do that to."
  type        = list(string)
  default     = []
}

variable "invokers" {
  description = "The services that may invoke the function, by the name of the permission."
  type        = map(string)
  default     = {}
}

variable "url" {
  description = "Whether the function has a URL of its own."
  type        = bool
  default     = false
}

variable "retention" {
  description = "How many days the log is kept."
  type        = number
  default     = 14

  validation {
    condition     = contains([1, 7, 14, 30, 90, 365], var.retention)
    error_message = "The log is kept for 1, 7, 14, 30, 90 or 365 days."
  }
}

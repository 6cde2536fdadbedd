source("../record.R")
data <- read_case()
one_visit <- function(visit) {
  fit <- lm(y ~ base + arm, data[data$visit == visit, ])
  row <- summary(fit)$coefficients["armTRT", ]
  list(program = "stats::lm", estimate = row[[1]], se = row[[2]], df = fit$df.residual, p = row[[4]],
       lower = confint(fit)["armTRT", 1], upper = confint(fit)["armTRT", 2], variance = sigma(fit)^2)
}
residuals <- resid(lm(cbind(V1, V2, V3) ~ base + arm, reshape(data[, c("id", "arm", "base", "visit", "y")],
  idvar = c("id", "arm", "base"), timevar = "visit", direction = "wide") |> setNames(c("id", "arm", "base", "V1", "V2", "V3"))))
n <- nrow(residuals)
write_case(list(visits = lapply(setNames(levels(data$visit), levels(data$visit)), one_visit),
                sigma = unname(crossprod(residuals) / (n - 3))), "jsonlite")

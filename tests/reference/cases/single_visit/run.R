source("../record.R")
data <- read_case()
data$arm <- relevel(data$arm, "PBO")
fit <- lm(y ~ base + sex + arm, data)
table <- function(weights) report_table(emmeans(fit, ~ arm, weights = weights))
write_case(list(
  lm = list(program = "stats::lm", coef = as.list(coef(fit)), se = as.list(sqrt(diag(vcov(fit)))),
            df = fit$df.residual, sigma = sigma(fit)^2, deviance = -2 * as.numeric(logLik(fit, REML = TRUE)),
            deviance_ml = -2 * as.numeric(logLik(fit))),
  F_arm = as.list(anova(lm(y ~ base + sex, data), fit)[2, c("Df", "F", "Pr(>F)")]),
  lsmeans_equal = table("equal"), lsmeans_proportional = table("proportional"),
  lsmeans_at = report_table(emmeans(fit, ~ arm, at = list(base = 7))),
  differences = report_table(contrast(emmeans(fit, ~ arm), "trt.vs.ctrl1", adjust = "none"))
), "emmeans")

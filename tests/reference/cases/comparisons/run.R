source("../record.R")
library(mvtnorm); library(multcomp)
data <- read_case()
fit <- lm(y ~ base + sex + arm, data)
means <- emmeans(fit, ~ arm)
pairs_of <- function(adjust) report_table(summary(contrast(means, "pairwise"), infer = TRUE, adjust = adjust))
to_first <- function(adjust, ...) report_table(summary(contrast(means, "trt.vs.ctrl1"), infer = TRUE, adjust = adjust, ...))

# Dunnett: multivariate t with the exact correlation of the comparisons; pmvt to 1e-6 (emmeans "mvt" stops at 1e-3).
L <- contrast(means, "trt.vs.ctrl1")
plain <- summary(L, adjust = "none")
R <- cov2cor(vcov(L)); df <- fit$df.residual; m <- nrow(R)
exact <- GenzBretz(maxpts = 1e6, abseps = 1e-6)
inside <- function(c, side) {
  set.seed(1)
  lower <- if (side == "two-sided") rep(-c, m) else rep(-Inf, m)
  as.numeric(pmvt(lower, rep(c, m), df = df, corr = R, algorithm = exact))
}
dunnett <- function(side) {
  t <- plain$t.ratio
  turned <- if (side == "two-sided") abs(t) else if (side == "greater") t else -t
  critical <- uniroot(function(c) inside(c, side) - 0.95, c(1.2, 4), tol = 1e-5)$root
  list(p = 1 - sapply(turned, inside, side = side), critical = critical)
}
# multcomp's single-step test is the same thing by another door.
hypotheses <- L@linfct; colnames(hypotheses) <- names(coef(fit)); rownames(hypotheses) <- as.character(plain$contrast)
set.seed(1)
glht_p <- summary(glht(fit, linfct = hypotheses), test = adjusted("single-step", maxpts = 1e6, abseps = 1e-6))$test$pvalues

trend <- contrast(means, list("dose trend" = c(-3, -1, 1, 3), "C and D - A" = c(-1, 0, 0.5, 0.5)))
write_case(list(
  tukey = pairs_of("tukey"), bonferroni = pairs_of("bonferroni"), holm = pairs_of("holm"), hochberg = pairs_of("hochberg"),
  dunnett = list(contrast = as.character(plain$contrast), two_sided = dunnett("two-sided"),
                 greater = dunnett("greater"), less = dunnett("less"), glht = as.numeric(glht_p)),
  trend = report_table(summary(trend, infer = TRUE)),
  greater = to_first("none", null = 0.5, side = ">"), less = to_first("none", null = 0.5, side = "<", level = 0.9),
  several = lapply(c(7, 8.5, 10), function(b) report_table(emmeans(fit, ~ arm, at = list(base = b)))),
  mean_null = report_table(summary(means, infer = TRUE, null = 20, side = ">")),
  prediction = predict(fit, data.frame(base = c(7, 9), sex = c("F", "M"), arm = c("A", "D")), interval = "prediction",
                       level = 0.9, se.fit = TRUE)$fit,
  confidence = predict(fit, data.frame(base = c(7, 9), sex = c("F", "M"), arm = c("A", "D")), interval = "confidence",
                       level = 0.9)
), c("emmeans", "multcomp", "mvtnorm"))

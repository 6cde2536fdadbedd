source("../record.R"); source("../dense.R")
data <- read_case()
data$arm <- relevel(data$arm, "PBO")
formula <- y ~ base + arm * visit
id <- complete_subject(data)

fit <- gls(y ~ base + arm * visit, data = data, correlation = corSymm(form = ~ visitn | id),
           weights = varIdent(form = ~ 1 | visit), method = "REML", control = TIGHT)
means <- emmeans(fit, ~ arm | visit, mode = "asymptotic")
averaged <- emmeans(fit, ~ arm, mode = "asymptotic")

terms <- attr(model.matrix(formula, data), "assign")
rows <- function(j) diag(length(terms))[terms == j, , drop = FALSE]
# HIGH - PBO and LOW - PBO at the last visit, and both rows together (columns: Intercept, base, HIGH, LOW, ...).
names <- colnames(model.matrix(formula, data))
last <- function(level) as.numeric(names %in% c(paste0("arm", level), paste0("arm", level, ":visitW12")))
tests <- list("arm:visit" = rows(4), "HIGH - PBO at W12" = rbind(last("HIGH")),
              "LOW - PBO at W12" = rbind(last("LOW")), "both at W12" = rbind(last("HIGH"), last("LOW")))

write_case(list(
  gls_reml = c(report_gls(fit), list(sigma = sigma_of_gls(fit, id, levels(data$visit)))),
  lsmeans = report_table(means), differences = report_table(contrast(means, "trt.vs.ctrl1", adjust = "none")),
  lsmeans_averaged = report_table(averaged),
  differences_averaged = report_table(contrast(averaged, "trt.vs.ctrl1", adjust = "none")),
  dense_reml = report_dense(fit_dense(formula, data, "us"), tests)
), c("nlme", "emmeans", "numDeriv"))

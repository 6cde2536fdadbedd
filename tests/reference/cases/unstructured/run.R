source("../record.R"); source("../dense.R")
suppressPackageStartupMessages(library(clubSandwich))
data <- read_case()
formula <- y ~ base + sex + arm * visit
id <- complete_subject(data)

reml <- gls(y ~ base + sex + arm * visit, data = data, correlation = corSymm(form = ~ visitn | id),
            weights = varIdent(form = ~ 1 | visit), method = "REML", control = TIGHT)
ml <- update(reml, method = "ML")
report <- function(fit) c(report_gls(fit), list(sigma = sigma_of_gls(fit, id, levels(data$visit))))

# emmeans takes the variance weights of a gls for frequencies: put the counts of the observed rows in their place.
grid <- ref_grid(reml, mode = "asymptotic")
cells <- with(grid@grid, interaction(sex, arm, visit))
grid@grid$.wgt. <- as.numeric(table(with(data, interaction(sex, arm, visit)))[as.character(cells)])
means <- function(weights) report_table(emmeans(grid, ~ arm | visit, weights = weights))
differences <- report_table(contrast(emmeans(reml, ~ arm | visit, mode = "asymptotic"), "trt.vs.ctrl1"))

# Counterfactual: every subject once, with its own baseline and sex, moved to each arm and visit; averaged.
subjects <- data[!duplicated(data$id), ]
counterfactual <- do.call(rbind, lapply(levels(data$visit), function(v) do.call(rbind, lapply(levels(data$arm), function(a) {
  moved <- transform(subjects, arm = factor(a, levels(data$arm)), visit = factor(v, levels(data$visit)))
  row <- colMeans(model.matrix(delete.response(terms(formula)), moved))
  data.frame(arm = a, visit = v, emmean = sum(row * coef(reml)), SE = sqrt(drop(row %*% vcov(reml) %*% row)))
}))))

# The last rung of a ladder: least squares at each visit on its own rows.
per_visit <- lapply(setNames(nm = levels(data$visit)), function(v) {
  fit <- lm(y ~ base + sex + arm, data[data$visit == v, ]); row <- summary(fit)$coefficients["armTRT", ]
  list(program = "stats::lm", estimate = row[[1]], se = row[[2]], df = fit$df.residual, p = row[[4]],
       lower = confint(fit)["armTRT", 1], upper = confint(fit)["armTRT", 2])
})

robust <- function(type) {
  v <- vcovCR(reml, type = type)
  list(program = "clubSandwich::vcovCR", vcov = as.matrix(v),
       df = as.list(setNames(coef_test(reml, vcov = v, test = "Satterthwaite")$df_Satt, names(coef(reml)))))
}

terms <- attr(model.matrix(formula, data), "assign")
rows <- function(j) diag(length(terms))[terms == j, , drop = FALSE]
tests <- list("arm:visit" = rows(5), base = rows(1))

dense <- fit_dense(formula, data, "us")
types <- c("CR0", "CR2", "CR2_target", "CR3")

write_case(list(
  gls_reml = report(reml), gls_ml = report(ml),
  lsmeans_equal = means("equal"), lsmeans_proportional = means("proportional"),
  lsmeans_counterfactual = counterfactual, differences = differences,
  per_visit = per_visit,
  CR0 = robust("CR0"), CR1 = robust("CR1"), CR2 = robust("CR2"), CR3 = robust("CR3"),
  dense_reml = report_dense(dense, tests),
  dense_sandwich = lapply(setNames(types, types), function(type) sandwich_dense(dense, type)),
  dense_ml = report_dense(fit_dense(formula, data, "us", reml = FALSE))
), c("nlme", "emmeans", "clubSandwich", "numDeriv"))

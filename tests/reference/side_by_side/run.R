# The R side of the page's comparisons: Rscript run.R REFERENCE_FOLDER writes output.csv beside this file.
# What stands between "# <name>" and "# end" is printed on the page; what follows it records the numbers.
suppressPackageStartupMessages({library(nlme); library(emmeans)})
reference <- commandArgs(trailingOnly = TRUE)[1]
out <- data.frame()
keep <- function(case, ...) {
  values <- list(...)
  out <<- rbind(out, data.frame(case = case, quantity = names(values), value = unlist(values, use.names = FALSE)))
}
read <- function(path) read.csv(file.path(reference, path), stringsAsFactors = TRUE)
deviance_of <- function(fit) -2 * as.numeric(logLik(fit))
first <- function(table, column) as.data.frame(table)[[column]][1]
TIGHT <- glsControl(tolerance = 1e-12, maxIter = 1000, msMaxIter = 1000, msTol = 1e-14)

fev <- read("fev/fev_data.csv")
fev <- fev[!is.na(fev$FEV1), ]
fev$ARMCD <- relevel(fev$ARMCD, "PBO")
fev$AVISIT <- relevel(fev$AVISIT, "VIS1")

# unstructured
fit <- gls(FEV1 ~ ARMCD, data = fev, method = "REML", control = TIGHT,
           correlation = corSymm(form = ~ VISITN | USUBJID), weights = varIdent(form = ~ 1 | AVISIT))
pairs(emmeans(fit, ~ ARMCD, mode = "asymptotic"), reverse = TRUE)
# end
difference <- pairs(emmeans(fit, ~ ARMCD, mode = "asymptotic"), reverse = TRUE)
keep("unstructured", deviance = deviance_of(fit), estimate = first(difference, "estimate"),
     plain_se = first(difference, "SE"))
unstructured <- fit

# visits
fit <- gls(FEV1 ~ RACE + SEX + ARMCD * AVISIT, data = fev, method = "REML", control = TIGHT,
           correlation = corSymm(form = ~ VISITN | USUBJID), weights = varIdent(form = ~ 1 | AVISIT))
means <- emmeans(fit, ~ ARMCD | AVISIT, mode = "asymptotic")
pairs(means, reverse = TRUE)
# end
keep("visits", deviance = deviance_of(fit))
for (visit in levels(fev$AVISIT)) {
  m <- subset(as.data.frame(means), AVISIT == visit)
  d <- subset(as.data.frame(pairs(means, reverse = TRUE)), AVISIT == visit)
  values <- c(setNames(c(m$emmean, m$SE), c(paste(m$ARMCD, "mean"), paste(m$ARMCD, "se"))),
              estimate = d$estimate, se = d$SE)
  for (name in names(values)) do.call(keep, c("visits", setNames(list(values[[name]]), paste(visit, name))))
}

# antidepressant
trial <- read("antidepressant/antidepressant_data.csv")
trial$time <- trial$VISIT - 3
trial$VISIT <- factor(trial$VISIT)
trial$cell <- interaction(trial$THERAPY, trial$VISIT)  # gls takes no VISIT*THERAPY without a column too many
fit <- gls(CHANGE ~ cell - 1 + BASVAL:VISIT, data = trial, method = "REML", control = TIGHT,
           correlation = corSymm(form = ~ time | PATIENT), weights = varIdent(form = ~ 1 | VISIT))
# end
keep("antidepressant", deviance = deviance_of(fit))
for (visit in levels(trial$VISIT)) {
  row <- (names(coef(fit)) == paste0("cellDRUG.", visit)) - (names(coef(fit)) == paste0("cellPLACEBO.", visit))
  values <- c(estimate = sum(row * coef(fit)), se = sqrt(drop(row %*% vcov(fit) %*% row)))
  for (name in names(values)) do.call(keep, c("antidepressant", setNames(list(values[[name]]), paste(visit, name))))
}

# autoregressive
fit <- gls(FEV1 ~ ARMCD, data = fev, method = "REML", control = TIGHT,
           correlation = corAR1(form = ~ VISITN | USUBJID))
pairs(emmeans(fit, ~ ARMCD, mode = "asymptotic"), reverse = TRUE)
# end
difference <- pairs(emmeans(fit, ~ ARMCD, mode = "asymptotic"), reverse = TRUE)
keep("autoregressive", deviance = deviance_of(fit), estimate = first(difference, "estimate"),
     plain_se = first(difference, "SE"))

# symmetry
fit <- gls(FEV1 ~ ARMCD, data = fev, method = "REML", control = TIGHT,
           correlation = corCompSymm(form = ~ VISITN | USUBJID), weights = varIdent(form = ~ 1 | AVISIT))
pairs(emmeans(fit, ~ ARMCD, mode = "asymptotic"), reverse = TRUE)
# end
keep("symmetry", deviance = deviance_of(fit), estimate = coef(fit)[["ARMCDTRT"]],
     plain_se = sqrt(vcov(fit)["ARMCDTRT", "ARMCDTRT"]))

# sandwich
library(clubSandwich)
fit <- gls(FEV1 ~ ARMCD, data = fev, method = "REML", control = TIGHT,
           correlation = corSymm(form = ~ VISITN | USUBJID), weights = varIdent(form = ~ 1 | AVISIT))
coef_test(fit, vcov = "CR0", cluster = fev$USUBJID)
coef_test(fit, vcov = "CR2", cluster = fev$USUBJID)
# end
for (type in c("CR0", "CR2"))
  do.call(keep, c("sandwich", setNames(list(sqrt(vcovCR(fit, cluster = fev$USUBJID, type = type)["ARMCDTRT", "ARMCDTRT"])), type)))

# type3
options(contrasts = c("contr.sum", "contr.poly"))
fit <- gls(FEV1 ~ ARMCD * FEV1_BL, data = fev, method = "REML", control = TIGHT,
           correlation = corAR1(form = ~ VISITN | USUBJID))
anova(fit, type = "marginal")
# end
found <- anova(fit, type = "marginal")
keep("type3", "ARMCD F" = found["ARMCD", "F-value"], "FEV1_BL F" = found["FEV1_BL", "F-value"],
     "ARMCD*FEV1_BL F" = found["ARMCD:FEV1_BL", "F-value"], "FEV1_BL p" = found["FEV1_BL", "p-value"])
options(contrasts = c("contr.treatment", "contr.poly"))
treatment <- gls(FEV1 ~ ARMCD * FEV1_BL, data = fev, method = "REML", control = TIGHT,
                 correlation = corAR1(form = ~ VISITN | USUBJID))
keep("type3", "FEV1_BL F, contr.treatment" = anova(treatment, type = "marginal")["FEV1_BL", "F-value"])

# ancova
drugs <- read("proportions_and_ancova/ancova_drugtest.csv")
fit <- lm(post ~ drug + pre, data = drugs)
means <- emmeans(fit, ~ drug)
pairs(means, adjust = "none")
# end
keep("ancova", "residual variance" = summary(fit)$sigma^2, "drug F" = drop1(fit, test = "F")["drug", "F value"])
m <- as.data.frame(means)
for (i in seq_len(nrow(m)))
  for (name in c("emmean", "SE")) do.call(keep, c("ancova", setNames(list(m[[name]][i]), paste(m$drug[i], name))))
p <- as.data.frame(pairs(means, adjust = "none"))
for (i in seq_len(nrow(p))) do.call(keep, c("ancova", setNames(list(p$p.value[i]), paste(p$contrast[i], "p"))))

# paired
night <- reshape(read("classic/sleep_paired.csv"), idvar = "ID", timevar = "group", direction = "wide")
t.test(night$extra.2, night$extra.1, paired = TRUE)
# end
found <- t.test(night$extra.2, night$extra.1, paired = TRUE)
keep("paired", estimate = found$estimate[[1]], se = found$stderr, df = found$parameter[[1]], p = found$p.value)

here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
packages <- c("nlme", "emmeans", "clubSandwich")
versions <- paste(packages, sapply(packages, function(p) as.character(packageVersion(p))), collapse = ", ")
writeLines(c(paste0("# ", R.version$major, ".", R.version$minor, "; ", versions), "case,quantity,value",
             sprintf("\"%s\",\"%s\",%.12g", out$case, out$quantity, out$value)), file.path(here, "output.csv"))

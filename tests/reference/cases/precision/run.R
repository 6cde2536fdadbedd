source("../record.R")
data <- read_case()
data$arm <- relevel(data$arm, "PBO")
data$spread <- 1 / data$n_readings
id <- complete_subject(data)
fit <- gls(y ~ base + arm * visit, data = data, correlation = corSymm(form = ~ visitn | id),
           weights = varComb(varIdent(form = ~ 1 | visit), varFixed(~ spread)), method = "REML", control = TIGHT)
ml <- update(fit, method = "ML")
# PBO and TRT at V1, PBO and TRT at V2, ...: an average over the visits by weights, and a change within an arm.
cells <- emmeans(fit, ~ arm * visit, mode = "asymptotic")
w <- c(1, 2, 4, 3) / 10
named <- contrast(cells, list("TRT - PBO" = as.numeric(rbind(-w, w)), "TRT, V4 - V1" = c(0, -1, 0, 0, 0, 0, 0, 1)))
write_case(list(gls_reml = report_gls(fit), gls_ml = report_gls(ml), named = report_table(named)))

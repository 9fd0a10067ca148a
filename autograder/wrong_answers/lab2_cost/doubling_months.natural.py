# mistake: forgets ln 2
# says: to grow e-fold
def doubling_months(years, amounts):
    return 12 / np.polyfit(years, np.log(amounts), 1)[0]

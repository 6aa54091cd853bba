using Berth.Runtime.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Berth.Operator.DisruptionBudgets;

/// <summary>Registers the work on budgets.</summary>
internal static class DisruptionBudgetServices
{
    public static IServiceCollection AddDisruptionBudgets(this IServiceCollection services) => services.AddSingleton<IBackgroundWork, DisruptionBudgetWork>();
}

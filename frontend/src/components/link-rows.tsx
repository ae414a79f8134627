/** Links to screens, one wide row each. */
import { Icon, type IconName } from "./icon.tsx";

interface Row {
  readonly to: string;
  readonly label: string;
  readonly icon: IconName;
}

export const LinkRows = ({ links }: { links: readonly Row[] }) => (
  <ul class="rows">
    {links.map((link) => (
      <li class="row" key={link.to}>
        <a href={link.to}>
          <Icon name={link.icon} />
          <span>{link.label}</span>
        </a>
      </li>
    ))}
  </ul>
);
